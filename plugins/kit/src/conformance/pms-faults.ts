import assert from 'node:assert/strict';
import { call, expiredCall, fails, honoursAbort } from './check.js';
import type { PullQuery } from '../pms.js';
import { bookAt, freePlace, type PmsCheck, pullsOf, readAll, requestAt, twoFreePlaces } from './pms-stand.js';

const NOTE = 'allergic to penicillin';

/** What the adapter does when the PMS misbehaves. */
export const PMS_FAULT_CHECKS: readonly PmsCheck[] = [
  {
    name: 'gives up a read and a write when the signal is aborted',
    async run(stand) {
      const request = stand.adapter.createAppointment && (await requestAt(stand, await freePlace(stand), 'ref-slow'));
      await stand.fault('slow');
      await honoursAbort((aborted) => stand.adapter.probe(aborted));
      if (request) await honoursAbort((aborted) => stand.adapter.createAppointment!(aborted, request));
    },
  },
  {
    name: 'starts nothing when the deadline has already passed',
    when: ({ write }) => write.includes('create'),
    async run(stand) {
      const place = await freePlace(stand);
      const request = await requestAt(stand, place, 'ref-expired');
      await assert.rejects(stand.adapter.createAppointment!(expiredCall('ref-expired'), request));
      assert.equal(await stand.countAt(place), 0);
    },
  },
  {
    name: 'reports a rate limit with the time to wait, and has written nothing',
    async run(stand) {
      const place = await freePlace(stand);
      const request = stand.adapter.createAppointment && (await requestAt(stand, place, 'ref-limited'));
      await stand.fault('rate_limited');
      const { retryAfterMs } = await fails(stand.adapter.probe(call()), 'rate_limited');
      assert.ok(Number.isFinite(retryAfterMs) && retryAfterMs > 0, 'the time to wait is a positive number');
      if (request) await fails(stand.adapter.createAppointment!(call('ref-limited'), request), 'rate_limited');
      assert.equal(await stand.countAt(place), 0);
    },
  },
  {
    name: 'reports a PMS that is down as retryable, shows no PHI, and recovers',
    async run(stand) {
      const place = await freePlace(stand);
      const request = stand.adapter.createAppointment && (await requestAt(stand, place, 'ref-down'));
      await stand.fault('down');
      await fails(stand.adapter.probe(call()), 'retryable');
      if (!request) return;
      const { firstName, lastName } = stand.newcomer;
      const write = () => stand.adapter.createAppointment!(call('ref-down'), { ...request, note: NOTE });
      await fails(write(), 'retryable', [NOTE, firstName, lastName]);
      await stand.fault('none');
      assert.equal((await write()).status, 'scheduled');
      assert.equal(await stand.countAt(place), 1);
    },
  },
  {
    name: 'tells bad credentials apart',
    async run(stand) {
      await stand.fault('unauthorized');
      await fails(stand.adapter.probe(call()), 'unauthorized', stand.secrets);
    },
  },
  {
    name: 'reports every pull from a PMS that is down as retryable, and pulls again when it is back',
    async run(stand) {
      for (const [, pull] of pullsOf(stand)) {
        await stand.fault('down');
        await fails(pull({}), 'retryable', stand.secrets);
        await stand.fault('none');
        assert.ok((await pull({})).records.length > 0);
      }
    },
  },
  {
    name: 'finds a visit whose acknowledgement was lost, and does not double it',
    when: ({ write }) => write.includes('create'),
    async run(stand) {
      const place = await freePlace(stand);
      const request = await requestAt(stand, place, 'ref-lost');
      const write = () => stand.adapter.createAppointment!(call('ref-lost'), request);
      await stand.fault('lose_acknowledgement');
      const { outcome } = await fails(write(), 'retryable');
      assert.equal(outcome, 'unknown', 'a lost answer leaves the outcome unknown');
      await stand.fault('none');
      const found = await stand.adapter.findByOurReference!(call(), 'ref-lost');
      assert.ok(found, 'the visit is found by our reference');
      assert.equal((await write()).foreignId, found.foreignId);
      assert.equal(await stand.countAt(place), 1);
    },
  },
  {
    name: 'takes a cancel whose acknowledgement was lost for done when it is repeated',
    when: ({ write }) => write.includes('create') && write.includes('cancel'),
    async run(stand) {
      const place = await freePlace(stand);
      const { foreignId } = await bookAt(stand, place, 'ref-lost-cancel');
      const cancel = () => stand.adapter.cancelAppointment!(call('cancel'), { foreignId, as: 'cancelled' });
      await stand.fault('lose_acknowledgement');
      await fails(cancel(), 'retryable');
      await stand.fault('none');
      assert.equal((await cancel()).status, 'cancelled');
      assert.equal(await stand.countAt(place), 0);
    },
  },
  {
    name: 'takes a confirmation and a note whose acknowledgements were lost for done when they are repeated',
    when: ({ write }) => write.includes('create') && (write.includes('confirm') || write.includes('note')),
    async run(stand) {
      const { adapter } = stand;
      const { foreignId } = await bookAt(stand, await freePlace(stand), 'ref-lost-marks');
      const confirm = () => adapter.confirmAppointment?.(call('confirm'), { foreignId, confirmed: true });
      const add = () => adapter.addAppointmentNote?.(call('note'), { foreignId, text: NOTE });
      await stand.fault('lose_acknowledgement');
      if (adapter.confirmAppointment) await fails(confirm()!, 'retryable');
      if (adapter.addAppointmentNote) await fails(add()!, 'retryable', [NOTE]);
      await stand.fault('none');
      if (adapter.confirmAppointment) assert.equal((await confirm())?.confirmed, true);
      if (adapter.addAppointmentNote) assert.equal((await add())?.note?.split(NOTE).length, 2);
    },
  },
  {
    name: 'takes a move whose acknowledgement was lost for done when it is repeated',
    when: ({ write }) => write.includes('create') && write.includes('move'),
    async run(stand) {
      const [from, to] = await twoFreePlaces(stand);
      const { foreignId } = await bookAt(stand, from, 'ref-lost-move');
      const move = () => stand.adapter.moveAppointment!(call('move'), { foreignId, ...to });
      await stand.fault('lose_acknowledgement');
      await fails(move(), 'retryable');
      await stand.fault('none');
      assert.equal((await move()).start, to.start);
      assert.deepEqual([await stand.countAt(from), await stand.countAt(to)], [0, 1]);
    },
  },
  {
    name: 'goes on where it stopped when a pull is interrupted',
    when: ({ read }) => read.includes('appointments'),
    async run(stand) {
      const { adapter, range } = stand;
      const whole = await readAll((next) => adapter.pullAppointments!(call(), { ...range, ...next }));
      let calls = 0;
      const patiently = async (next: PullQuery) => {
        calls += 1;
        await stand.fault('down');
        await fails(adapter.pullAppointments!(call(), { ...range, ...next }), 'retryable');
        await stand.fault('none');
        return adapter.pullAppointments!(call(), { ...range, ...next });
      };
      const again = await readAll(patiently);
      assert.deepEqual(
        again.map((visit) => visit.foreignId),
        whole.map((visit) => visit.foreignId),
      );
      assert.ok(calls > 0);
    },
  },
];
