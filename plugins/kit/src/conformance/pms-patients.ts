import assert from 'node:assert/strict';
import type { PatientRequest } from '../pms.js';
import { call, eventually, fails } from './check.js';
import { type PmsCheck, type PmsStand, readAll } from './pms-stand.js';

const findOrCreate = (stand: PmsStand, request: PatientRequest) =>
  stand.adapter.findOrCreatePatient!(call(request.reference), request);

/** Finding and making patients, by the rules of `matchPatient`. */
export const PMS_PATIENT_CHECKS: readonly PmsCheck[] = [
  {
    name: 'finds a patient whatever the case and the accents of the name',
    when: ({ write }) => write.includes('patients'),
    async run(stand) {
      const { foreignId } = await findOrCreate(stand, stand.newcomer);
      const { firstName, lastName } = stand.newcomer;
      const shouted = { firstName: firstName.toUpperCase(), lastName: ` ${lastName.toLowerCase()} ` };
      const found = await findOrCreate(stand, { ...stand.newcomer, ...shouted, reference: 'pat-shouted' });
      assert.deepEqual(found, { foreignId, created: false });
    },
  },
  {
    name: 'does not take a namesake with another date of birth, nor a relative with the same phone',
    when: ({ write }) => write.includes('patients'),
    async run(stand) {
      const { newcomer } = stand;
      const first = await findOrCreate(stand, newcomer);
      const namesake = await findOrCreate(stand, { ...newcomer, reference: 'pat-junior', dateOfBirth: '2012-02-29' });
      const relative = await findOrCreate(stand, { ...newcomer, reference: 'pat-twin', firstName: 'Leopold' });
      assert.deepEqual([first.created, namesake.created, relative.created], [true, true, true]);
      assert.equal(new Set([first, namesake, relative].map(({ foreignId }) => foreignId)).size, 3);
    },
  },
  {
    name: 'finds by name and phone, or name and e-mail, when the date of birth is not told',
    when: ({ write }) => write.includes('patients'),
    async run(stand) {
      const { reference: _reference, dateOfBirth: _dateOfBirth, phone, email, ...names } = stand.newcomer;
      const { foreignId } = await findOrCreate(stand, stand.newcomer);
      const byPhone = await findOrCreate(stand, { ...names, phone, reference: 'pat-by-phone' });
      const byEmail = await findOrCreate(stand, { ...names, email: email.toUpperCase(), reference: 'pat-by-email' });
      assert.deepEqual([byPhone.foreignId, byEmail.foreignId], [foreignId, foreignId]);
    },
  },
  {
    name: 'makes one record when the same person is asked for several times at once',
    when: ({ write }) => write.includes('patients'),
    async run(stand) {
      const found = await Promise.all([1, 2, 3].map(() => findOrCreate(stand, stand.newcomer)));
      assert.equal(new Set(found.map(({ foreignId }) => foreignId)).size, 1);
    },
  },
  {
    name: 'finds the patient whose making was not acknowledged, and makes no second one',
    when: ({ write, read }) => write.includes('patients') && read.includes('patients'),
    async run(stand, { staleReadsMs }) {
      const { adapter, newcomer } = stand;
      await stand.fault('lose_acknowledgement');
      const { outcome } = await fails(findOrCreate(stand, newcomer), 'retryable', [newcomer.lastName, newcomer.email]);
      assert.equal(outcome, 'unknown', 'a lost answer leaves the outcome unknown');
      await stand.fault('none');
      await findOrCreate(stand, newcomer);
      const namesakes = async () => {
        const patients = await readAll((next) => adapter.pullPatients!(call(), next));
        const found = patients.filter(({ lastName }) => lastName === newcomer.lastName);
        return found.length > 0 ? found : null;
      };
      assert.equal((await eventually(namesakes, staleReadsMs))?.length, 1);
    },
  },
  {
    name: 'brings a patient who came since the last pull, and few others',
    when: ({ write, read, deltas }) => deltas && write.includes('patients') && read.includes('patients'),
    async run(stand, { staleReadsMs }) {
      const { adapter } = stand;
      const all = await readAll((next) => adapter.pullPatients!(call(), next));
      const { asOf } = await adapter.pullPatients!(call(), {});
      const { foreignId } = await findOrCreate(stand, stand.newcomer);
      const changes = async () => {
        const patients = await readAll((next) => adapter.pullPatients!(call(), { ...next, updatedSince: asOf }));
        return patients.some((patient) => patient.foreignId === foreignId) ? patients : null;
      };
      const changed = await eventually(changes, staleReadsMs);
      assert.ok(changed, 'the new patient is among the changes');
      assert.ok(changed.length < all.length, 'unchanged patients are left out');
    },
  },
];
