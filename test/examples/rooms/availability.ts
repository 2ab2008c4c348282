import type { Room } from '../tour.js';

const TUESDAY = '2030-03-12';

export const availability: Room = async (tour) => {
  const { api, reasonId, providerId, locationId } = await tour.practice();
  const query = { reasonId, providerId, from: TUESDAY };
  await tour.show('getAvailability', api, { query: { ...query, days: 1, patientType: 'new' } });
  await tour.show('getAvailabilityDays', api, { query: { reasonId, from: TUESDAY, days: 7 } });
  await tour.show('getNextAvailability', api, { query });
  await tour.show('searchAvailability', api, {
    body: {
      reasonIds: [reasonId],
      from: TUESDAY,
      days: 7,
      weekdays: [2, 4],
      times: [{ start: '09:00', end: '11:00' }],
    },
  });
  await tour.show('explainAvailability', api, {
    query: { reasonId, providerId, locationId, start: '2030-03-12T22:00:00Z' },
  });
  await tour.show('dryRunAvailability', api, {
    body: { reasonIds: [reasonId], from: TUESDAY, days: 2, reasons: [{ reasonId, durationMinutes: 60 }] },
  });
};
