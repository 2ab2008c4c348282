import type { Room } from '../tour.js';
import { IRIS } from '../practice.js';

const LEO = { firstName: 'Leo', lastName: 'Holm', dateOfBirth: '2021-09-14', phone: IRIS.phone };

export const patients: Room = async (tour) => {
  const practice = await tour.practice();
  const { api } = practice;
  const { id } = await tour.show('createPatient', api, {
    body: { ...LEO, preferredLanguage: 'en', notes: 'Likes dinosaurs.' },
  });
  const path = { id };
  await tour.show('getPatient', api, { path });
  await tour.show('listPatients', api, { query: { status: 'active', limit: 10 } });
  await tour.show('searchPatients', api, { body: { lastName: LEO.lastName, dateOfBirth: LEO.dateOfBirth } });
  await tour.show('updatePatient', api, { path, headers: { 'If-Match': '"v1"' }, body: { email: IRIS.email } });
  await tour.show('recordPatientConsent', api, {
    path,
    body: { kind: 'sms', given: true, textVersion: '2030-01', channel: 'staff' },
  });
  await tour.show('getPatientConsents', api, { path });

  // Another number that a known patient gives while booking waits for the practice.
  await practice.bookAsVisitor('2030-03-12', { ...IRIS, phone: '+13125550177' });
  const known = { id: practice.patientId };
  const { pendingContacts } = await api.ok('GET', `/v1/patients/${known.id}`);
  await tour.show('decidePendingContact', api, {
    path: { ...known, pendingId: pendingContacts[0].id },
    body: { accept: true },
  });

  const double = await practice.make('patients', { ...LEO, phone: '+13125550188' });
  await tour.show('mergePatient', api, { path: { id: double.id }, body: { intoId: id } });
  await tour.show('erasePatient', api, { path });
};

export const families: Room = async (tour) => {
  const practice = await tour.practice({ live: false });
  const { api, patientId } = practice;
  const { id: childId } = await practice.make('patients', LEO);
  const { id } = await tour.show('createFamily', api, {
    body: { members: [{ patientId, role: 'guardian' }], guarantorId: patientId },
  });
  await tour.show('addFamilyMember', api, { path: { id }, body: { patientId: childId, role: 'dependent' } });
  await tour.show('getFamily', api, { path: { id } });
  await tour.show('listFamilies', api, { query: { limit: 10 } });
  await tour.show('removeFamilyMember', api, { path: { id, patientId: childId } });
  await tour.show('updateFamily', api, { path: { id }, body: { guarantorId: patientId } });
};
