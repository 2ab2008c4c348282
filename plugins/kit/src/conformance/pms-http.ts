import assert from 'node:assert/strict';
import type { FailureKind } from '../errors.js';
import { call, eventually, fails } from './check.js';
import type { Emulator } from './emulator.js';
import { type HttpFault, SPOILT_ANSWERS } from './emulator-faults.js';
import { bookAt, freePlace, type PmsCheck, type PmsStand, pullsOf, readAll, requestAt } from './pms-stand.js';

/** More than this is not read of one answer, whatever its length. */
const READ_LIMIT = 40 * 1024 * 1024;

function emulatorOf({ emulator }: PmsStand): Emulator {
  assert.ok(emulator, 'the stand of a plugin that speaks HTTP has an emulator');
  return emulator;
}

/** A fault that leaves nothing done: every read and the booking fail so, and work again afterwards. */
function failsEverywhere(name: string, fault: HttpFault, kind: FailureKind): PmsCheck {
  return {
    name,
    async run(stand, { write }) {
      const emulator = emulatorOf(stand);
      const place = await freePlace(stand);
      const request = write.includes('create') ? await requestAt(stand, place, `ref-${fault}`) : undefined;
      await emulator.fault(fault);
      await fails(stand.adapter.probe(call()), kind, stand.secrets);
      for (const [, pull] of pullsOf(stand)) await fails(pull({}), kind, stand.secrets);
      if (request) {
        const shown = [...stand.secrets, stand.newcomer.lastName, stand.newcomer.phone];
        await fails(stand.adapter.createAppointment!(call(request.reference), request), kind, shown);
      }
      await emulator.fault('none');
      assert.equal(await stand.countAt(place), 0);
      await stand.adapter.probe(call());
      if (request) assert.equal((await stand.adapter.createAppointment!(call(), request)).status, 'scheduled');
    },
  };
}

/** What HTTP alone can do wrong. */
export const PMS_HTTP_CHECKS: readonly PmsCheck[] = [
  failsEverywhere('tells a wrong key apart, everywhere', 'wrong_key', 'unauthorized'),
  failsEverywhere('tells a key apart that was withdrawn, everywhere', 'revoked_key', 'unauthorized'),
  failsEverywhere('takes an internal error for retryable, everywhere', 'internal_error', 'retryable'),
  failsEverywhere("takes a gateway's time-out for retryable, everywhere", 'gateway_timeout', 'retryable'),
  failsEverywhere('takes a broken connection for retryable, everywhere', 'reset', 'retryable'),
  {
    name: 'stops in the middle of a pull when its key is withdrawn, and goes on with a key that works',
    when: ({ read }) => read.includes('appointments'),
    async run(stand) {
      const { adapter, range } = stand;
      const first = await adapter.pullAppointments!(call(), range);
      assert.ok(first.nextCursor !== undefined, 'the stand holds more than one page of visits');
      await stand.fault('unauthorized');
      const rest = { ...range, cursor: first.nextCursor };
      await fails(adapter.pullAppointments!(call(), rest), 'unauthorized', stand.secrets);
      await stand.fault('none');
      assert.ok((await adapter.pullAppointments!(call(), rest)).records.length > 0);
    },
  },
  {
    name: 'waits until the time that a rate limit names as a date',
    async run(stand) {
      await emulatorOf(stand).fault('rate_limited_until');
      const { retryAfterMs } = await fails(stand.adapter.probe(call()), 'rate_limited');
      // An HTTP date has no milliseconds.
      assert.ok(retryAfterMs > 88_000 && retryAfterMs <= 91_000, `about 90 s, not ${retryAfterMs} ms`);
    },
  },
  ...SPOILT_ANSWERS.map((fault): PmsCheck => ({
    name: `takes an answer that is spoilt (${fault}) for retryable, and shows nothing of it`,
    async run(stand) {
      const emulator = emulatorOf(stand);
      await emulator.fault(fault);
      for (const [kind, pull] of pullsOf(stand)) {
        const before = emulator.bytesSent;
        await fails(pull({}), 'retryable', stand.secrets);
        const sent = emulator.bytesSent - before;
        assert.ok(sent < READ_LIMIT, `${sent} bytes were read of an answer to ${kind}`);
      }
      await emulator.fault('none');
      for (const [, pull] of pullsOf(stand)) await pull({});
    },
  })),
  ...SPOILT_ANSWERS.map((fault): PmsCheck => ({
    name: `does not double a visit whose acknowledgement was spoilt (${fault})`,
    when: ({ write }) => write.includes('create'),
    async run(stand, { staleReadsMs }) {
      const place = await freePlace(stand);
      const reference = `ref-${fault}`;
      const request = await requestAt(stand, place, reference);
      const write = () => stand.adapter.createAppointment!(call(reference), request);
      await emulatorOf(stand).fault(fault, 'writes');
      const { outcome } = await fails(write(), 'retryable', [...stand.secrets, stand.newcomer.lastName]);
      assert.equal(outcome, 'unknown', 'a spoilt answer leaves the outcome unknown');
      await emulatorOf(stand).fault('none');
      const { foreignId } = await write();
      const found = await eventually(() => stand.adapter.findByOurReference!(call(), reference), staleReadsMs);
      assert.equal(found?.foreignId, foreignId);
      assert.equal(await stand.countAt(place), 1);
    },
  })),
  ...[-900_000, 900_000].map((skewMs): PmsCheck => ({
    name: `misses no change when the PMS's clock is 15 minutes ${skewMs < 0 ? 'behind' : 'ahead'}`,
    when: ({ read, write, deltas }) => deltas && read.includes('appointments') && write.includes('create'),
    async run(stand, { staleReadsMs }) {
      const { adapter, range } = stand;
      emulatorOf(stand).skewMs = skewMs;
      const { asOf } = await adapter.pullAppointments!(call(), range);
      const { foreignId } = await bookAt(stand, await freePlace(stand), 'ref-skew');
      const changes = async () => {
        const visits = await readAll((next) =>
          adapter.pullAppointments!(call(), { ...range, ...next, updatedSince: asOf }),
        );
        return visits.find((visit) => visit.foreignId === foreignId) ?? null;
      };
      assert.ok(await eventually(changes, staleReadsMs), 'the new visit is among the changes');
      const { serverTime } = await adapter.probe(call());
      const off = serverTime === undefined ? 0 : serverTime - emulatorOf(stand).now();
      assert.ok(Math.abs(off) < 2_000, `the probe tells the PMS's clock, not one that is ${off} ms off`);
    },
  })),
];
