import assert from 'node:assert/strict';
import { call } from './check.js';
import { bookAt, freePlace, type PmsCheck, pullsOf, readAll } from './pms-stand.js';

const DATE = /^\d{4}-\d\d-\d\d$/;

function assertEachOnce(records: readonly { foreignId: string }[], what: string): void {
  assert.ok(records.length > 0, `there is at least one ${what}`);
  assert.equal(new Set(records.map(({ foreignId }) => foreignId)).size, records.length, `every ${what} comes once`);
}

/** The lists beside the book: what a practice is set up with, and who is due. */
export const PMS_LIST_CHECKS: readonly PmsCheck[] = [
  {
    name: 'pulls carriers, each once and with a name',
    when: ({ read }) => read.includes('carriers'),
    async run({ adapter }) {
      const carriers = await readAll((next) => adapter.pullCarriers!(call(), next));
      assertEachOnce(carriers, 'carrier');
      for (const { name, payerId } of carriers) {
        assert.equal(name, name.trim());
        assert.ok(name !== '' && payerId !== '', 'what is not known is left out');
      }
    },
  },
  {
    name: 'pulls appointment types, each once, with patterns as long as they take',
    when: ({ read }) => read.includes('appointment_types'),
    async run({ adapter }) {
      const types = await readAll((next) => adapter.pullAppointmentTypes!(call(), next));
      assertEachOnce(types, 'appointment type');
      for (const { name, minutes, pattern, colour } of types) {
        assert.ok(name.trim() !== '', 'an appointment type has a name');
        if (minutes !== undefined) assert.ok(Number.isInteger(minutes) && minutes > 0);
        if (colour !== undefined) assert.match(colour, /^#[0-9a-f]{6}$/i);
        if (pattern === undefined) continue;
        assert.match(pattern, /^[X/]+$/);
        assert.equal(pattern.length * 5, minutes, 'one mark is five minutes');
      }
    },
  },
  {
    name: 'pulls procedure codes, each once',
    when: ({ read }) => read.includes('procedure_codes'),
    async run({ adapter }) {
      const procedures = await readAll((next) => adapter.pullProcedureCodes!(call(), next));
      assertEachOnce(procedures, 'procedure');
      assert.equal(new Set(procedures.map(({ code }) => code)).size, procedures.length, 'every code comes once');
      for (const { code } of procedures) assert.match(code, /^\S+$/);
    },
  },
  {
    name: 'pulls recalls of patients it has, due within the range',
    when: ({ read }) => read.includes('recalls'),
    async run({ adapter, range }, { read }) {
      const recalls = await readAll((next) => adapter.pullRecalls!(call(), { ...range, ...next }));
      assertEachOnce(recalls, 'recall');
      for (const { dueOn, scheduledOn, type } of recalls) {
        assert.match(dueOn, DATE);
        assert.ok(dueOn >= range.from && dueOn <= range.to, `${dueOn} is within the range`);
        if (scheduledOn !== undefined) assert.match(scheduledOn, DATE);
        assert.ok(type.trim() !== '', 'a recall has a type');
      }
      const none = await readAll((next) =>
        adapter.pullRecalls!(call(), { from: '1970-01-01', to: '1970-01-31', ...next }),
      );
      assert.deepEqual(none, [], 'nobody was due in 1970');
      if (!read.includes('patients')) return;
      const known = new Set(
        (await readAll((next) => adapter.pullPatients!(call(), next))).map(({ foreignId }) => foreignId),
      );
      for (const { patientForeignId } of recalls) assert.ok(known.has(patientForeignId), 'the patient is in the list');
    },
  },
  {
    name: 'pulls visits in pages, and misses none when others come in meanwhile',
    when: ({ read }) => read.includes('appointments'),
    async run(stand) {
      const { adapter, range } = stand;
      const place = await freePlace(stand);
      const before = await readAll((next) => adapter.pullAppointments!(call(), { ...range, ...next }));
      let pages = 0;
      const during = await readAll(async (next) => {
        const page = await adapter.pullAppointments!(call(), { ...range, ...next });
        pages += 1;
        if (pages === 1) await stand.enterAtFrontDesk(place);
        return page;
      });
      assert.ok(pages > 1, 'the stand holds more than one page of visits');
      const seen = new Set(during.map(({ foreignId }) => foreignId));
      for (const { foreignId } of before) assert.ok(seen.has(foreignId), `the visit ${foreignId} was read`);
    },
  },
  {
    name: 'leaves behind what scheduling does not need, and keeps its credentials to itself',
    async run(stand, { write }) {
      assert.ok(stand.secrets.length > 0, 'the stand names what must not get out');
      const shown: unknown[] = [await stand.adapter.probe(call())];
      for (const [, pull] of pullsOf(stand)) shown.push(...(await readAll(pull)));
      if (write.includes('create')) shown.push(await bookAt(stand, await freePlace(stand), 'ref-secrets'));
      const text = JSON.stringify(shown) + stand.lines.join('\n');
      for (const secret of stand.secrets) assert.ok(!text.includes(secret), `"${secret}" got out`);
      for (const name of [stand.newcomer.lastName, stand.newcomer.phone, stand.newcomer.email]) {
        assert.ok(!stand.lines.join('\n').includes(name), 'the log shows no PHI');
      }
    },
  },
];
