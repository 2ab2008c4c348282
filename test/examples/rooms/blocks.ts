import type { Room } from '../tour.js';

/** Time set apart, and the visits that stand in it. */
export const blocks: Room = async (tour) => {
  const practice = await tour.practice();
  const { api, locationId, providerId } = practice;
  await practice.book('2030-03-13');
  const away = {
    locationId,
    providerIds: [providerId],
    type: 'out_of_office',
    startDate: '2030-03-13',
    endDate: '2030-03-15',
  };
  await tour.show('previewBlocks', api, { body: away });
  const { id: blockId } = await tour.show('createBlock', api, {
    body: { ...away, note: 'Course on implants', ifHit: 'keep' },
  });
  const path = { blockId };
  await tour.show('getBlock', api, { path });
  await tour.show('listBlocks', api, { query: { providerId, from: '2030-03-11', to: '2030-03-29', limit: 10 } });
  await tour.show('listBlockAppointments', api, { path, query: { limit: 10 } });
  await tour.show('updateBlock', api, {
    path,
    headers: { 'If-Match': '"v1"' },
    body: { startTime: '10:00', endTime: '12:00' },
  });
  await tour.show('deleteBlock', api, { path });
};
