import { connectSandbox, importedId } from '../practice-system.js';
import type { Room } from '../tour.js';

/** What a practice system lists beside its book, taken over into the catalogue. */
export const syncLists: Room = async (tour) => {
  const practice = await tour.practice({ live: false });
  const { api } = practice;
  const connectionId = await connectSandbox(practice);
  const path = { connectionId };
  const { data: carriers } = await tour.show('listSyncConnectionCarriers', api, { path, query: { limit: 2 } });
  const ids = carriers.map(({ id }: { id: string }) => id);
  await tour.show('importSyncConnectionCarriers', api, { path, body: { ids, status: 'accepted' } });

  const [dentist, chair] = [await importedId(api, 'providers', '101'), await importedId(api, 'operatories', '1')];
  await api.ok('PATCH', `/v1/providers/${dentist}`, { active: true });
  const { data: types } = await tour.show('listSyncConnectionAppointmentTypes', api, {
    path,
    query: { q: 'cleaning', limit: 2 },
  });
  const ofType = { connectionId, appointmentTypeId: types[0].id };
  await tour.show('createAppointmentTypeReason', api, {
    path: ofType,
    body: { patientTypes: ['new', 'returning'], providerIds: [dentist], operatoryIds: [chair] },
  });
  const ofReason = { ...ofType, reasonId: practice.reasonId };
  await tour.show('linkAppointmentTypeReason', api, { path: ofReason, body: { take: ['procedure_codes'] } });
  await tour.show('unlinkAppointmentTypeReason', api, { path: ofReason });

  await tour.show('listSyncConnectionProcedureCodes', api, { path, query: { q: 'exam', limit: 2 } });
  const query = { dueFrom: '2030-03-11', dueTo: '2030-04-30', type: 'Perio', scheduled: false, limit: 2 };
  await tour.show('listSyncConnectionRecalls', api, { path, query });
};
