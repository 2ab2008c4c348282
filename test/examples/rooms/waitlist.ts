import { until } from '../../harness/until.js';
import type { ExamplePractice } from '../practice.js';
import type { Room, Tour } from '../tour.js';

/** Who waits for an earlier time, and what is offered to them. Here staff offer, so that nothing happens by itself. */
export const waitlist: Room = async (tour) => {
  const practice = await tour.practice({ smtpPort: tour.smtpPort });
  const { api, patientId, reasonId } = practice;
  await api.ok('PATCH', '/v1/settings', { scheduling: { waitlistAutoOffer: false } });
  const wish = { patientType: 'returning', reasonId, from: '2030-03-12', to: '2030-03-29' };
  const { id } = await tour.show('createWaitlistEntry', api, {
    body: { patientId, ...wish, dayParts: ['morning'], priority: 'urgent' },
  });
  const path = { waitlistEntryId: id as string };
  await tour.show('getWaitlistEntry', api, { path });
  await tour.show('listWaitlistEntries', api, { query: { status: 'waiting', reasonId, limit: 10 } });
  await tour.show('updateWaitlistEntry', api, { path, headers: { 'If-Match': '"v1"' }, body: { noticeMinutes: 240 } });
  const first = await tour.show('offerWaitlistTime', api, {
    path,
    body: { slotId: await practice.free('2030-03-13'), way: 'telephone' },
  });
  await tour.show('listWaitlistOffers', api, { path });
  await tour.show('declineWaitlistOffer', api, { path: { ...path, offerId: first.id } });
  const second = await offer(practice, id, '2030-03-14', 'telephone');
  await tour.show('acceptWaitlistOffer', api, { path: { ...path, offerId: second.id } });

  const { anyone } = tour.house;
  for (const [name, answer] of [
    ['Noa', 'declineWidgetOffer'],
    ['Ida', 'acceptWidgetOffer'],
  ] as const) {
    const linkToken = await offeredByMail(tour, practice, wish, name);
    if (answer === 'declineWidgetOffer') await tour.show('getWidgetOffer', anyone, { path: { linkToken } });
    await tour.show(answer, anyone, { path: { linkToken } });
  }

  const entry = await practice.make('waitlist', { ...wish, patientId: await patient(practice, 'Eva') });
  await tour.show('withdrawWaitlistEntry', api, {
    path: { waitlistEntryId: entry.id },
    body: { reason: 'patient_request' },
  });
};

const addressOf = (firstName: string) => `${firstName.toLowerCase()}.holm@example.com`;

async function patient(practice: ExamplePractice, firstName: string): Promise<string> {
  const person = { firstName, lastName: 'Holm', dateOfBirth: '1990-04-23', email: addressOf(firstName) };
  return (await practice.make('patients', person)).id;
}

async function offer(practice: ExamplePractice, entryId: string, date: string, way: 'message' | 'telephone') {
  return practice.make(`waitlist/${entryId}/offers`, { slotId: await practice.free(date), way });
}

/** Somebody new waits and is offered a time by e-mail; gives the token of the link in it. */
async function offeredByMail(tour: Tour, practice: ExamplePractice, wish: object, name: string): Promise<string> {
  const { id } = await practice.make('waitlist', { ...wish, patientId: await patient(practice, name) });
  await offer(practice, id, '2030-03-15', 'message');
  const mail = await until(
    () => tour.inbox.messages(addressOf(name)),
    (found) => found.some(({ text }) => LINK.test(text)),
  );
  return LINK.exec(mail.map(({ text }) => text).join('\n'))?.[1] as string;
}

const LINK = /\/offer#([\w-]{32})/;
