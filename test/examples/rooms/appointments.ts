import type { Room } from '../tour.js';

export const appointments: Room = async (tour) => {
  const practice = await tour.practice();
  const { api, patientId } = practice;
  const path = (appointmentId: string) => ({ path: { appointmentId } });
  const slotId = await practice.free('2030-03-13');

  const { id: holdId } = await tour.show('createHold', api, { body: { slotId, patientType: 'returning' } });
  await tour.show('getHold', api, { path: { holdId } });
  await tour.show('extendHold', api, { path: { holdId } });
  await tour.show('releaseHold', api, { path: { holdId } });

  const { id } = await tour.show('bookAppointment', api, {
    body: { slotId, patientId, patientType: 'returning', note: 'Asked for the window seat.' },
  });
  await tour.show('getAppointment', api, path(id));
  await tour.show('listAppointments', api, {
    query: { from: '2030-03-13T05:00:00Z', to: '2030-03-14T05:00:00Z', sort: 'start', limit: 10 },
  });
  await tour.show('rescheduleAppointment', api, {
    ...path(id),
    headers: { 'If-Match': '"v1"' },
    body: { slotId: await practice.free('2030-03-14'), reason: 'The patient has to be at work by ten.' },
  });
  await tour.show('confirmAppointment', api, path(id));
  await tour.show('arriveAppointment', api, path(id));
  await tour.show('seatAppointment', api, path(id));
  await tour.show('completeAppointment', api, path(id));
  await tour.show('cancelAppointment', api, {
    ...path(await practice.book('2030-03-15')),
    body: { reason: 'patient_ill' },
  });
  await tour.show('markAppointmentNoShow', api, path(await practice.book('2030-03-18')));

  await api.ok('PATCH', '/v1/settings', { scheduling: { confirmMode: 'request' } });
  for (const date of ['2030-03-19', '2030-03-20']) await practice.bookAsVisitor(date);
  const [first, second] = (await practice.requests()) as [string, string];
  await tour.show('approveAppointment', api, path(first));
  await tour.show('declineAppointment', api, { ...path(second), body: { reason: 'The dentist is away that day.' } });
};
