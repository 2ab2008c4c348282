import assert from 'node:assert/strict';
import { PMS_METHODS, type PmsAdapter } from '../pms.js';
import { call } from './check.js';
import { type PmsCheck, readAll } from './pms-stand.js';

const DATE = /^\d{4}-\d\d-\d\d$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/;

function assertUnique(ids: readonly string[], what: string): void {
  assert.equal(new Set(ids).size, ids.length, `every ${what} comes once`);
}

/** The shape of the adapter and what it reads. */
export const PMS_READ_CHECKS: readonly PmsCheck[] = [
  {
    name: 'has the methods of its capabilities and no others',
    async run({ adapter }, capabilities) {
      const declared = [
        ...capabilities.read.flatMap((capability): readonly (keyof PmsAdapter)[] => PMS_METHODS.read[capability]),
        ...capabilities.write.flatMap((capability): readonly (keyof PmsAdapter)[] => PMS_METHODS.write[capability]),
        ...(capabilities.webhooks ? (['verifyInbound'] as const) : []),
      ];
      const optional = [...Object.values(PMS_METHODS.read), ...Object.values(PMS_METHODS.write), ['verifyInbound']];
      for (const method of optional.flat() as (keyof PmsAdapter)[]) {
        const present = typeof adapter[method] === 'function';
        assert.equal(present, declared.includes(method), `${method} is ${present ? 'present' : 'absent'}`);
      }
    },
  },
  {
    name: 'answers a probe',
    async run({ adapter }) {
      const probe = await adapter.probe(call());
      assert.ok(probe.description.length > 0, 'the probe describes the installation');
    },
  },
  {
    name: 'pulls providers and operatories that refer to each other',
    when: ({ read }) => read.includes('providers') && read.includes('operatories'),
    async run({ adapter }) {
      const providers = await readAll((next) => adapter.pullProviders!(call(), next));
      const operatories = await readAll((next) => adapter.pullOperatories!(call(), next));
      assert.ok(providers.length > 0 && operatories.length > 0, 'there are providers and operatories');
      const known = operatories.map((operatory) => operatory.foreignId);
      assertUnique(known, 'operatory');
      assertUnique(
        providers.map((provider) => provider.foreignId),
        'provider',
      );
      for (const provider of providers) {
        for (const id of provider.operatoryForeignIds) assert.ok(known.includes(id), `operatory ${id} is in the list`);
        if (provider.colour !== undefined) assert.match(provider.colour, /^#[0-9a-f]{6}$/i);
      }
    },
  },
  {
    name: 'pulls schedules in wall time, within the range, ordered and without overlap',
    when: ({ read }) => read.includes('schedules') && read.includes('providers'),
    async run({ adapter, range }) {
      const people = (await readAll((next) => adapter.pullProviders!(call(), next))).map(
        (provider) => provider.foreignId,
      );
      const records = await readAll((next) => adapter.pullSchedules!(call(), { ...range, ...next }));
      assert.ok(
        records.some((record) => record.kind === 'hours' && record.intervals.length > 0),
        'somebody works in the range',
      );
      for (const record of records) {
        assert.match(record.date, DATE);
        assert.ok(record.date >= range.from && record.date <= range.to, `${record.date} is within the range`);
        const spans = record.kind === 'hours' ? record.intervals : [record];
        spans.forEach((span, index) => {
          assert.match(span.start, TIME);
          assert.match(span.end, TIME);
          assert.ok(span.start < span.end, `${span.start} is before ${span.end}`);
          const previous = spans[index - 1];
          if (previous) assert.ok(previous.end <= span.start, 'intervals are ordered and apart');
        });
        if (record.providerForeignId !== undefined) assert.ok(people.includes(record.providerForeignId));
        if (record.kind === 'blockout') {
          assert.ok(record.providerForeignId ?? record.operatoryForeignId, 'a blockout names a resource');
        }
      }
    },
  },
  {
    name: 'pulls appointments as instants, each once, with patterns as long as the visit',
    when: ({ read }) => read.includes('appointments'),
    async run({ adapter, range }) {
      const visits = await readAll((next) => adapter.pullAppointments!(call(), { ...range, ...next }));
      assert.ok(visits.length > 0, 'there are visits in the range');
      assertUnique(
        visits.map((visit) => visit.foreignId),
        'visit',
      );
      for (const visit of visits) {
        assert.ok(Number.isInteger(visit.start) && Number.isInteger(visit.end) && visit.start < visit.end);
        assert.equal(visit.start % 60_000, 0, 'visits start on a minute');
        if (visit.pattern === undefined) continue;
        assert.match(visit.pattern, /^[X/]+$/);
        assert.equal(visit.pattern.length * 300_000, visit.end - visit.start, 'one mark is five minutes');
      }
    },
  },
  {
    name: 'gives the same records to the same question',
    when: ({ read }) => read.includes('appointments'),
    async run({ adapter, range }) {
      const first = await readAll((next) => adapter.pullAppointments!(call(), { ...range, ...next }));
      assert.deepEqual(await readAll((next) => adapter.pullAppointments!(call(), { ...range, ...next })), first);
    },
  },
  {
    name: 'pulls patients, each once',
    when: ({ read }) => read.includes('patients'),
    async run({ adapter }) {
      const patients = await readAll((next) => adapter.pullPatients!(call(), next));
      assertUnique(
        patients.map((patient) => patient.foreignId),
        'patient',
      );
      for (const patient of patients) {
        if (patient.phone !== undefined) assert.match(patient.phone, /^\+[1-9]\d{6,14}$/);
        if (patient.dateOfBirth !== undefined) assert.match(patient.dateOfBirth, DATE);
      }
    },
  },
];
