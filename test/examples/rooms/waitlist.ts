import { PatientLinks } from '../../../src/identity/index.js';
import { mintTenantScope } from '../../../src/kernel/index.js';
import { UnitOfWork } from '../../../src/persistence/index.js';
import type { ExamplePractice } from '../practice.js';
import { TOUR_STARTS } from '../steady.js';
import type { Room, Tour } from '../tour.js';

const DAY = 86_400_000;

function wanted({ patientId, reasonId }: ExamplePractice) {
  return { patientId, patientType: 'returning', reasonId, from: '2030-03-12', to: '2030-03-26' };
}

/** Who would come earlier, and what staff offer them on the telephone. */
export const waitlist: Room = async (tour) => {
  const practice = await tour.practice();
  const { api, reasonId } = practice;
  const appointmentId = await practice.book('2030-03-27');
  const { id: waitlistEntryId } = await tour.show('createWaitlistEntry', api, {
    body: { ...wanted(practice), dayParts: ['morning'], weekdays: [2, 4], noticeMinutes: 120, appointmentId },
  });
  const path = { waitlistEntryId };
  await tour.show('getWaitlistEntry', api, { path });
  await tour.show('listWaitlistEntries', api, { query: { status: 'waiting', reasonId, limit: 10 } });
  await tour.show('updateWaitlistEntry', api, {
    path,
    headers: { 'If-Match': '"v1"' },
    body: { priority: 'urgent', weekdays: null },
  });
  const declined = await tour.show('offerWaitlistTime', api, {
    path,
    body: { slotId: await practice.free('2030-03-14'), way: 'telephone' },
  });
  await tour.show('declineWaitlistOffer', api, { path: { ...path, offerId: declined.id } });
  const slotId = await practice.free('2030-03-15');
  const taken = await practice.make(`waitlist/${waitlistEntryId}/offers`, { slotId, way: 'telephone' });
  await tour.show('acceptWaitlistOffer', api, { path: { ...path, offerId: taken.id } });
  await tour.show('listWaitlistOffers', api, { path, query: { limit: 10 } });
  const other = await practice.make('waitlist', wanted(practice));
  await tour.show('withdrawWaitlistEntry', api, {
    path: { waitlistEntryId: other.id },
    body: { reason: 'patient_request' },
  });
};

/** How the patient answers by the link in the mail. */
export const offers: Room = async (tour) => {
  const practice = await tour.practice();
  const { anyone } = tour.house;
  const { id } = await practice.make('waitlist', wanted(practice));
  const path = { linkToken: await offered(tour, practice, id, '2030-03-14') };
  await tour.show('getWidgetOffer', anyone, { path });
  await tour.show('declineWidgetOffer', anyone, { path });
  const again = { linkToken: await offered(tour, practice, id, '2030-03-15') };
  await tour.show('acceptWidgetOffer', anyone, { path: again });
};

/** Offers the first free time of a day; gives the token of the link that the mail would carry. */
async function offered(tour: Tour, practice: ExamplePractice, entryId: string, date: string): Promise<string> {
  const body = { slotId: await practice.free(date), way: 'telephone' };
  const { id: offerId } = await practice.make(`waitlist/${entryId}/offers`, body);
  const { app } = tour.house.running;
  const scope = mintTenantScope(practice.id, { kind: 'system', id: 'examples' });
  const link = { offerId, expiresAt: TOUR_STARTS + DAY };
  return app.get(UnitOfWork).run((tx) => app.get(PatientLinks).issue(scope, tx, link));
}
