import assert from 'node:assert/strict';
import { call, eventually, fails } from './check.js';
import { bookAt, freePlace, type PmsCheck, readAll, requestAt, twoFreePlaces } from './pms-stand.js';

/** What the adapter writes, without faults. */
export const PMS_WRITE_CHECKS: readonly PmsCheck[] = [
  {
    name: 'finds the patient it created, by reference and by name and date of birth',
    when: ({ write }) => write.includes('patients'),
    async run({ adapter, newcomer }) {
      const first = await adapter.findOrCreatePatient!(call('a'), newcomer);
      const again = await adapter.findOrCreatePatient!(call('a'), newcomer);
      const asStranger = await adapter.findOrCreatePatient!(call('b'), { ...newcomer, reference: 'another-reference' });
      assert.equal(first.created, true);
      assert.deepEqual(again, { foreignId: first.foreignId, created: false });
      assert.equal(asStranger.foreignId, first.foreignId);
    },
  },
  {
    name: 'writes a visit and finds it by our reference',
    when: ({ write }) => write.includes('create'),
    async run(stand, { staleReadsMs }) {
      const place = await freePlace(stand);
      const written = await bookAt(stand, place, 'ref-create');
      assert.equal(written.reference, 'ref-create');
      assert.deepEqual([written.start, written.end, written.status], [place.start, place.end, 'scheduled']);
      const found = await eventually(() => stand.adapter.findByOurReference!(call(), 'ref-create'), staleReadsMs);
      assert.equal(found?.foreignId, written.foreignId);
      assert.equal(await stand.countAt(place), 1);
    },
  },
  {
    name: 'writes a visit under an appointment type, and does not know a type that it never listed',
    when: ({ read, write, takesAppointmentType }) =>
      takesAppointmentType === true && write.includes('create') && read.includes('appointment_types'),
    async run(stand) {
      const { adapter } = stand;
      const types = await readAll((next) => adapter.pullAppointmentTypes!(call(), next));
      const type = types.find(({ active }) => active);
      assert.ok(type, 'the stand has an appointment type to book');
      const appointmentTypeForeignId = type.foreignId;
      const request = await requestAt(stand, await freePlace(stand), 'ref-type');
      const written = await adapter.createAppointment!(call('ref-type'), { ...request, appointmentTypeForeignId });
      assert.equal(written.appointmentTypeForeignId, appointmentTypeForeignId);
      const stranger = { ...request, reference: 'ref-no-type', appointmentTypeForeignId: '999999999' };
      await fails(adapter.createAppointment!(call('ref-no-type'), stranger), 'not_found');
      assert.equal(await adapter.findByOurReference!(call(), 'ref-no-type'), null);
    },
  },
  {
    name: 'does not know a reference that was never written',
    when: ({ write }) => write.includes('create'),
    async run({ adapter }) {
      assert.equal(await adapter.findByOurReference!(call(), 'ref-never'), null);
    },
  },
  {
    name: 'writes a repeated visit once, in turn and at the same time',
    when: ({ write }) => write.includes('create'),
    async run(stand) {
      const place = await freePlace(stand);
      const request = await requestAt(stand, place, 'ref-repeat');
      const write = () => stand.adapter.createAppointment!(call('ref-repeat'), request);
      const written = await Promise.all([write(), write(), write()]);
      const later = await write();
      assert.deepEqual([...new Set([...written, later].map((visit) => visit.foreignId))], [later.foreignId]);
      assert.equal(await stand.countAt(place), 1);
    },
  },
  {
    name: 'refuses a taken time with alternatives that are free',
    when: ({ write, refusesOverlap }) => write.includes('create') && refusesOverlap,
    async run(stand) {
      const place = await freePlace(stand);
      await stand.enterAtFrontDesk(place);
      const conflict = await fails(bookAt(stand, place, 'ref-conflict'), 'conflict');
      assert.equal(await stand.adapter.findByOurReference!(call(), 'ref-conflict'), null);
      const [other] = conflict.alternatives;
      assert.ok(other, 'the refusal names at least one alternative');
      assert.equal(other.end - other.start, place.end - place.start, 'an alternative is as long as the wanted time');
      await bookAt(stand, { ...place, ...other }, 'ref-alternative');
    },
  },
  {
    name: 'lets one of several bookers of one time win',
    when: ({ write, refusesOverlap }) => write.includes('create') && refusesOverlap,
    async run(stand) {
      const place = await freePlace(stand);
      const { patientForeignId } = await requestAt(stand, place, 'ref-race');
      const race = [1, 2, 3, 4].map((n) =>
        stand.adapter.createAppointment!(call(`race-${n}`), { ...place, patientForeignId, reference: `ref-race-${n}` }),
      );
      const results = await Promise.allSettled(race);
      assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1);
      for (const result of results) {
        if (result.status === 'rejected') await fails(Promise.reject(result.reason as Error), 'conflict');
      }
      assert.equal(await stand.countAt(place), 1);
    },
  },
  {
    name: 'moves a visit, frees its old time, and takes a repeated move for done',
    when: ({ write }) => write.includes('create') && write.includes('move'),
    async run(stand) {
      const [from, to] = await twoFreePlaces(stand);
      const { foreignId } = await bookAt(stand, from, 'ref-move');
      const moved = await stand.adapter.moveAppointment!(call('move-1'), { foreignId, ...to });
      const again = await stand.adapter.moveAppointment!(call('move-1'), { foreignId, ...to });
      assert.deepEqual([moved.foreignId, moved.start], [foreignId, to.start]);
      assert.deepEqual(again, moved);
      assert.equal((await stand.adapter.findByOurReference!(call(), 'ref-move'))?.start, to.start);
      assert.deepEqual([await stand.countAt(from), await stand.countAt(to)], [0, 1]);
    },
  },
  {
    name: 'does not move a visit onto a taken time',
    when: ({ write, refusesOverlap }) => write.includes('create') && write.includes('move') && refusesOverlap,
    async run(stand) {
      const [from, to] = await twoFreePlaces(stand);
      const { foreignId } = await bookAt(stand, from, 'ref-blocked');
      await stand.enterAtFrontDesk(to);
      await fails(stand.adapter.moveAppointment!(call('move-2'), { foreignId, ...to }), 'conflict');
      assert.equal(await stand.countAt(from), 1);
    },
  },
  {
    name: 'cancels a visit, frees its time, and takes a repeated cancel for done',
    when: ({ write }) => write.includes('create') && write.includes('cancel'),
    async run(stand) {
      const place = await freePlace(stand);
      const { foreignId } = await bookAt(stand, place, 'ref-cancel');
      for (let round = 0; round < 2; round += 1) {
        const visit = await stand.adapter.cancelAppointment!(call('cancel'), { foreignId, as: 'cancelled' });
        assert.equal(visit.status, 'cancelled');
      }
      assert.equal(await stand.countAt(place), 0);
      assert.equal((await bookAt(stand, place, 'ref-cancel-after')).status, 'scheduled');
    },
  },
  {
    name: 'marks a visit as confirmed, and takes the mark back or says that it cannot',
    when: ({ write }) => write.includes('create') && write.includes('confirm'),
    async run(stand, { confirmsForGood }) {
      const { foreignId } = await bookAt(stand, await freePlace(stand), 'ref-confirm');
      const mark = (confirmed: boolean) => stand.adapter.confirmAppointment!(call('confirm'), { foreignId, confirmed });
      for (const confirmed of [false, true, true]) assert.equal((await mark(confirmed)).confirmed, confirmed);
      if (confirmsForGood) await fails(mark(false), 'rejected');
      else assert.equal((await mark(false)).confirmed, false);
    },
  },
  {
    name: 'adds a line to the note of a visit, once, and keeps what stood there',
    when: ({ write }) => write.includes('create') && write.includes('note'),
    async run(stand) {
      const request = await requestAt(stand, await freePlace(stand), 'ref-note');
      const note = 'Prefers the morning';
      const { foreignId } = await stand.adapter.createAppointment!(call('ref-note'), { ...request, note });
      const add = (text: string) => stand.adapter.addAppointmentNote!(call(text), { foreignId, text });
      await add('Asks for a quiet room');
      await add('Asks for a quiet room');
      const { note: kept = '' } = await add('Comes by wheelchair');
      for (const line of [note, 'Asks for a quiet room', 'Comes by wheelchair']) {
        assert.equal(kept.split(line).length - 1, 1, `"${line}" stands in the note once`);
      }
    },
  },
  {
    name: 'answers not found for visits and people it does not have',
    when: ({ write }) => write.includes('create'),
    async run(stand) {
      const { adapter } = stand;
      const place = await freePlace(stand);
      const foreignId = '999999999';
      const stranger = { ...place, reference: 'ref-nobody', patientForeignId: foreignId };
      await fails(adapter.createAppointment!(call('n'), stranger), 'not_found');
      if (adapter.moveAppointment)
        await fails(adapter.moveAppointment(call('n'), { foreignId, ...place }), 'not_found');
      if (adapter.cancelAppointment) {
        await fails(adapter.cancelAppointment(call('n'), { foreignId, as: 'cancelled' }), 'not_found');
      }
      if (adapter.confirmAppointment) {
        await fails(adapter.confirmAppointment(call('n'), { foreignId, confirmed: true }), 'not_found');
      }
      if (adapter.addAppointmentNote) {
        await fails(adapter.addAppointmentNote(call('n'), { foreignId, text: 'Late' }), 'not_found');
      }
    },
  },
  {
    name: 'shows what the front desk entered within the declared staleness',
    when: ({ read }) => read.includes('appointments'),
    async run(stand, { staleReadsMs }) {
      const foreignId = await stand.enterAtFrontDesk(await freePlace(stand));
      const { adapter, range } = stand;
      const find = async () => {
        const visits = await readAll((next) => adapter.pullAppointments!(call(), { ...range, ...next }));
        return visits.find((visit) => visit.foreignId === foreignId) ?? null;
      };
      assert.ok(await eventually(find, staleReadsMs), `the visit shows within ${staleReadsMs} ms`);
    },
  },
  {
    name: 'brings only changes since the last pull, cancelled visits among them',
    when: ({ read, write, deltas }) => deltas && read.includes('appointments') && write.includes('cancel'),
    async run(stand, { staleReadsMs }) {
      const { adapter, range } = stand;
      const all = await readAll((next) => adapter.pullAppointments!(call(), { ...range, ...next }));
      const { asOf } = await adapter.pullAppointments!(call(), range);
      const { foreignId } = await bookAt(stand, await freePlace(stand), 'ref-delta');
      await adapter.cancelAppointment!(call('cancel'), { foreignId, as: 'cancelled' });
      const changes = async () => {
        const visits = await readAll((next) =>
          adapter.pullAppointments!(call(), { ...range, ...next, updatedSince: asOf }),
        );
        return visits.some((visit) => visit.foreignId === foreignId && visit.status === 'cancelled') ? visits : null;
      };
      const changed = await eventually(changes, staleReadsMs);
      assert.ok(changed, 'the cancelled visit is among the changes');
      assert.ok(changed.length < all.length, 'unchanged visits are left out');
    },
  },
];
