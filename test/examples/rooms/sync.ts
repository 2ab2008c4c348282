import { practiceSystem } from '../../harness/practice-system.js';
import { until } from '../../harness/until.js';
import { CLEANING, type ExamplePractice } from '../practice.js';
import { connectSandbox, importedId } from '../practice-system.js';
import type { Room } from '../tour.js';

/** The exchange with a practice system: how it stands, and what people may do about it. */
export const sync: Room = async (tour) => {
  const practice = await tour.practice({ live: false });
  const { api } = practice;
  const connectionId = await connectSandbox(practice);
  const path = { connectionId };
  const state = () => api.ok('GET', `/v1/sync/connections/${connectionId}`);
  await tour.show('getSyncConnection', api, { path });
  await tour.show('listSyncConnections', api);
  await tour.show('listSyncConnectionLog', api, { path, query: { limit: 3 } });
  await tour.show('runSyncConnection', api, { path, body: { kind: 'reconcile' } });
  await until(
    () => api.get(`/v1/sync/connections/${connectionId}/differences`),
    ({ status }) => status === 200,
  );
  await tour.show('getSyncConnectionDifferences', api, { path });

  const { faults } = await practiceSystem(tour.house.running.app, practice.id);
  await faults({ unreadable: 'operatories' });
  await api.ok('POST', `/v1/sync/connections/${connectionId}/run`, { kind: 'operatories' });
  await until(state, ({ unreadable }) => unreadable > 0);
  await tour.show('listSyncConnectionUnreadableRecords', api, { path, query: { limit: 3 } });
  await faults({});
  await api.ok('POST', `/v1/sync/connections/${connectionId}/run`, { kind: 'operatories' });
  await until(state, ({ healthy }) => healthy);

  await offerImported(practice);
  await tour.show('pauseSyncConnection', api, { path });
  const appointmentId = await practice.book('2030-03-18');
  const written = () =>
    until(
      () => api.ok('GET', `/v1/appointments/${appointmentId}`),
      (appointment) => appointment.sync.state === 'written',
    );
  await until(state, ({ pending }) => pending === 1);
  await tour.show('resumeSyncConnection', api, { path });
  await written();
  // Paused, so that what is asked for is seen before it is done.
  await api.ok('POST', `/v1/sync/connections/${connectionId}/pause`);
  await tour.show('runSyncAppointment', api, { path: { appointmentId } });
  await tour.show('retrySyncAppointment', api, { path: { appointmentId } });
  await api.ok('POST', `/v1/sync/connections/${connectionId}/resume`);
  await written();

  // Over there somebody books a second visit for the same time.
  const place = await placeThere(practice, appointmentId);
  await practiceSystem(tour.house.running.app, practice.id).then(({ desk }) => desk.book(place, { force: true }));
  await api.ok('POST', `/v1/sync/connections/${connectionId}/run`, { kind: 'appointments' });
  await until(state, ({ openConflicts }) => openConflicts > 0);
  const { data } = await tour.show('listSyncConflicts', api, { query: { open: true, limit: 10 } });
  await tour.show('resolveSyncConflict', api, {
    path: { conflictId: data[0].id },
    body: { resolution: 'move', slotId: await practice.free('2030-03-19') },
  });
};

/** A dentist of the practice system and her room, open for booking: the import leaves everybody hidden. */
async function offerImported(practice: ExamplePractice): Promise<void> {
  const { api } = practice;
  const [dentist, chair] = [await importedId(api, 'providers', '101'), await importedId(api, 'operatories', '1')];
  await api.ok('PATCH', `/v1/providers/${dentist}`, { active: true });
  const reason = { ...CLEANING, name: 'Check-up', providerIds: [dentist], operatoryIds: [chair] };
  practice.reasonId = (await practice.make('reasons', reason)).id;
  await practice.prepare();
  await api.ok('POST', '/v1/setup/go-live');
}

/** Where an appointment lies, in the words of the practice system. */
async function placeThere({ api }: ExamplePractice, appointmentId: string) {
  const { time, providerId, operatoryId } = await api.ok('GET', `/v1/appointments/${appointmentId}`);
  const [provider, operatory] = [
    await api.ok('GET', `/v1/providers/${providerId}`),
    await api.ok('GET', `/v1/operatories/${operatoryId}`),
  ];
  return {
    start: Date.parse(time.start),
    end: Date.parse(time.start) + CLEANING.durationMinutes * 60_000,
    providerForeignId: provider.foreign.foreignId as string,
    operatoryForeignId: operatory.foreign.foreignId as string,
  };
}
