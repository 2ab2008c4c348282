import type { Room, Tour } from '../tour.js';
import { MAIN_STREET, type ExamplePractice } from '../practice.js';

const IF_MATCH = { 'If-Match': '"v1"' };
const TEN = { limit: 10 };

/** What every list of a practice can do: its operations are named after one thing and many. */
async function look(
  tour: Tour,
  { api }: ExamplePractice,
  [one, many]: [string, string],
  body: object,
  change: object,
  param = 'id',
): Promise<void> {
  const { id } = await tour.show(`create${one}`, api, { body });
  const path = { [param]: id };
  await tour.show(`get${one}`, api, { path });
  await tour.show(`list${many}`, api, { query: TEN });
  await tour.show(`update${one}`, api, { path, headers: IF_MATCH, body: change });
  await tour.show(`delete${one}`, api, { path });
}

const room =
  (of: (tour: Tour, practice: ExamplePractice) => Promise<void>): Room =>
  async (tour) =>
    of(tour, await tour.practice({ live: false }));

export const locations = room((tour, practice) =>
  look(
    tour,
    practice,
    ['Location', 'Locations'],
    {
      ...MAIN_STREET,
      name: 'Harbor Street',
      addressLine1: '100 Harbor Street',
      hours: [
        { weekday: 1, start: '08:00', end: '12:00' },
        { weekday: 1, start: '13:00', end: '17:00' },
      ],
    },
    { phone: '+13125550101', exceptions: [{ date: '2030-07-04', hours: [] }] },
    'locationId',
  ),
);

export const operatories = room((tour, practice) =>
  look(
    tour,
    practice,
    ['Operatory', 'Operatories'],
    { name: 'Hygiene 1', shortName: 'H1', locationId: practice.locationId, hygiene: true },
    { shortName: 'HYG' },
  ),
);

export const providers = room((tour, practice) =>
  look(
    tour,
    practice,
    ['Provider', 'Providers'],
    {
      displayName: 'Jo Finch, RDH',
      firstName: 'Jo',
      lastName: 'Finch',
      email: 'jo.finch@elm.example',
      role: 'hygienist',
      operatoryIds: [practice.operatoryId],
      locationIds: [practice.locationId],
      color: '#b45309',
    },
    { bio: 'Gentle cleanings, and no lectures.', exceptions: [{ date: '2030-04-01', off: true }] },
  ),
);

export const reasons = room((tour, practice) =>
  look(
    tour,
    practice,
    ['Reason', 'Reasons'],
    {
      name: 'New patient exam',
      description: 'A first visit: examination, X-rays and a plan.',
      pattern: 'XX////////XX',
      patientTypes: ['new'],
      providerIds: [practice.providerId],
      operatoryIds: [practice.operatoryId],
      minNoticeMinutes: 240,
    },
    { showProviders: true, maxPerDay: 4 },
  ),
);

export const referrers = room((tour, practice) =>
  look(tour, practice, ['Referrer', 'Referrers'], { label: 'A friend or family member' }, { order: 1 }),
);

export const carriers = room(async (tour, practice) => {
  await tour.show('listCarrierSuggestions', practice.api, { query: { q: 'delta' } });
  await look(
    tour,
    practice,
    ['Carrier', 'Carriers'],
    { name: 'Delta Dental', status: 'accepted', payerId: '94276' },
    { aliases: ['Delta Dental of Illinois'] },
  );
  await tour.show('updateInsuranceSettings', practice.api, {
    body: { acceptOther: true, showOtherWarning: true, otherWarningText: 'We will call you before the visit.' },
  });
  await tour.show('getInsuranceSettings', practice.api);
});
