import { type PmsAppointment, type PmsHours } from '@openchair/plugin-kit';
import {
  call,
  CONFORMANCE_COUNTS,
  describePmsConformance,
  type Fault,
  fails,
  type Place,
  type PmsStand,
  readAll,
  type TestDeps,
  testDeps,
} from '@openchair/plugin-kit/conformance';
import Ajv2020 from 'ajv/dist/2020.js';
import plugin, { frontDesk, type SandboxFaults, setFaults, signWebhook, webhookBody } from './index.js';

const NOW = Date.UTC(2027, 2, 8, 15);
const RANGE = { from: '2027-03-08', to: '2027-05-06' };
const CONFIG = { seed: 'spec' };
const SECRET = 'a signing secret';
const ACCESS_KEY = 'an access key';

const FAULTS: Record<Fault, SandboxFaults> = {
  none: {},
  slow: { latencyMs: 60_000 },
  rate_limited: { rateLimitedMs: 1_500 },
  down: { down: true },
  lose_acknowledgement: { loseAcknowledgement: true },
  unauthorized: { unauthorized: true },
};

const isLive = ({ status }: PmsAppointment): boolean => status === 'scheduled' || status === 'completed';

function pullsOf(deps: TestDeps, config: Record<string, unknown> = CONFIG) {
  const adapter = plugin.create(config, deps);
  return {
    adapter,
    visits: (range = RANGE) => readAll((next) => adapter.pullAppointments!(call(), { ...range, ...next })),
    schedules: (range = RANGE) => readAll((next) => adapter.pullSchedules!(call(), { ...range, ...next })),
    providers: () => readAll((next) => adapter.pullProviders!(call(), next)),
    operatories: () => readAll((next) => adapter.pullOperatories!(call(), next)),
  };
}

/** Free half hours of the first dentist in operatory 1, an hour apart, found from what the adapter shows. */
async function freePlaces(deps: TestDeps, count: number): Promise<Place[]> {
  const { visits, schedules } = pullsOf(deps);
  const taken = (await visits()).filter(isLive);
  const hours = (await schedules()).filter((record): record is PmsHours => record.kind === 'hours');
  const places: Place[] = [];
  for (const { date, intervals } of hours.filter((record) => record.providerForeignId === '101')) {
    for (const interval of intervals) {
      const closes = deps.zone.toInstant(`${date}T${interval.end}`);
      for (
        let start = deps.zone.toInstant(`${date}T${interval.start}`);
        start + 1_800_000 <= closes;
        start += 3_600_000
      ) {
        const end = start + 1_800_000;
        const busy = taken.some(
          (visit) =>
            (visit.providerForeignId === '101' || visit.operatoryForeignId === '1') &&
            visit.start < end &&
            visit.end > start,
        );
        if (!busy && start > NOW) places.push({ providerForeignId: '101', operatoryForeignId: '1', start, end });
      }
    }
  }
  return places.slice(0, count);
}

async function startStand(): Promise<PmsStand> {
  const deps = testDeps({ now: NOW });
  return {
    adapter: plugin.create({ ...CONFIG, signingSecret: SECRET, accessKey: ACCESS_KEY }, deps),
    range: RANGE,
    newcomer: {
      reference: 'pat_1',
      firstName: 'Zelda',
      lastName: 'Quill',
      dateOfBirth: '1991-07-04',
      phone: '+12025550147',
      email: 'zelda.quill@example.com',
    },
    secrets: [SECRET, ACCESS_KEY],
    lines: deps.lines,
    fault: (fault) => setFaults(deps.store, FAULTS[fault]),
    spoilRecord: (kind) => setFaults(deps.store, { unreadable: kind }),
    freePlaces: (count) => freePlaces(deps, count),
    enterAtFrontDesk: async (place) => (await frontDesk(CONFIG, deps).book(place)).foreignId,
    countAt: async (place) =>
      (await visitsPastFaults(deps)).filter(
        (visit) =>
          isLive(visit) && visit.operatoryForeignId === place.operatoryForeignId && visit.start === place.start,
      ).length,
    webhooks: { body: webhookBody, sign: (body) => signWebhook(SECRET, body) },
    stop: async () => undefined,
  };
}

/** The truth of the book while a fault is on: the switch is lifted for the look. */
async function visitsPastFaults(deps: TestDeps): Promise<PmsAppointment[]> {
  const faults = await deps.store.get('faults');
  await setFaults(deps.store, {});
  const visits = await pullsOf(deps).visits();
  await setFaults(deps.store, (faults?.value ?? {}) as SandboxFaults);
  return visits;
}

const checks = describePmsConformance(plugin, startStand, { describe, it });

console.log(`pms-sandbox: ${checks} checks`);

describe('the sandbox practice', () => {
  it('meets every promise of its kind', () => {
    expect(checks).toBe(CONFORMANCE_COUNTS.pms);
  });

  it('is about 55 % booked, without an overlap, inside hours and outside blockouts', async () => {
    const deps = testDeps({ now: NOW });
    for (const hours of ['standard', 'early']) {
      const { visits, schedules } = pullsOf(deps, { seed: `fill-${hours}`, hours });
      const all = await visits();
      const records = await schedules();
      let open = 0;
      for (const record of records) {
        if (record.kind !== 'hours') continue;
        for (const { start, end } of record.intervals) {
          open += deps.zone.toInstant(`${record.date}T${end}`) - deps.zone.toInstant(`${record.date}T${start}`);
        }
      }
      const share = all.reduce((sum, visit) => sum + visit.end - visit.start, 0) / open;
      expect(share).toBeGreaterThan(0.5);
      expect(share).toBeLessThan(0.6);

      const local = (instant: number) => deps.zone.toLocal(instant).split('T') as [string, string];
      for (const visit of all) {
        const [date, start] = local(visit.start);
        const [, end] = local(visit.end);
        const own = records.find(
          (record) =>
            record.kind === 'hours' && record.date === date && record.providerForeignId === visit.providerForeignId,
        ) as PmsHours;
        expect(own.intervals.some((interval) => interval.start <= start && end <= interval.end)).toBe(true);
        const blocked = records.some(
          (record) =>
            record.kind === 'blockout' &&
            record.type !== 'Web Sched' &&
            record.date === date &&
            (record.providerForeignId === visit.providerForeignId ||
              record.operatoryForeignId === visit.operatoryForeignId) &&
            record.start < end &&
            record.end > start,
        );
        expect(blocked).toBe(false);
        const clash = all.some(
          (other) =>
            other !== visit &&
            (other.providerForeignId === visit.providerForeignId ||
              other.operatoryForeignId === visit.operatoryForeignId) &&
            other.start < visit.end &&
            other.end > visit.start,
        );
        expect(clash).toBe(false);
      }
    }
  });

  it('has the people, rooms, Fridays and blockouts of a practice', async () => {
    const { providers, operatories, schedules } = pullsOf(testDeps({ now: NOW }));
    const people = await providers();
    expect(people.map(({ role, active }) => `${role}${active ? '' : ' hidden'}`)).toEqual([
      'dentist',
      'dentist',
      'hygienist',
      'hygienist',
      'specialist',
      'dentist hidden',
    ]);
    expect(await operatories()).toHaveLength(6);
    const records = await schedules();
    const types = new Set(records.flatMap((record) => (record.kind === 'blockout' ? [record.type] : [])));
    expect([...types].sort()).toEqual(['Emergency', 'Hygiene only', 'Lunch', 'Web Sched']);
    const fridays = ['2027-03-12', '2027-03-19', '2027-03-26', '2027-04-02'].map((date) =>
      records.some(
        (record) =>
          record.kind === 'hours' &&
          record.providerForeignId === '101' &&
          record.date === date &&
          record.intervals.length > 0,
      ),
    );
    expect(fridays[0]).not.toBe(fridays[1]);
    expect(fridays).toEqual([fridays[0], fridays[1], fridays[0], fridays[1]]);
  });

  it('keeps the content of a day while the clock rolls on, and books 60 days ahead', async () => {
    const deps = testDeps({ now: NOW });
    const { visits } = pullsOf(deps);
    const day = { from: '2027-05-06', to: '2027-05-06' };
    const next = { from: '2027-05-10', to: '2027-05-10' };
    const before = await visits(day);
    expect(before.length).toBeGreaterThan(0);
    expect(await visits(next)).toEqual([]);
    deps.clock.time += 7 * 86_400_000;
    expect(await visits(day)).toEqual(before);
    expect((await visits(next)).length).toBeGreaterThan(0);
  });

  it('is the same practice for the same seed and another one for another', async () => {
    const deps = testDeps({ now: NOW });
    expect(await pullsOf(testDeps({ now: NOW })).visits()).toEqual(await pullsOf(deps).visits());
    expect(await pullsOf(deps, { seed: 'other' }).visits()).not.toEqual(await pullsOf(deps).visits());
    expect(await pullsOf(deps, { seed: 'other' }).providers()).not.toEqual(await pullsOf(deps).providers());
  });

  it('keeps wall time over a clock change', async () => {
    const deps = testDeps({ now: NOW });
    const visits = await pullsOf(deps).visits({ from: '2027-03-12', to: '2027-03-15' });
    const hours = visits.map((visit) => Number(deps.zone.toLocal(visit.start).slice(11, 13)));
    expect(Math.min(...hours)).toBeGreaterThanOrEqual(8);
    expect(new Set(visits.map((visit) => (visit.start / 60_000) % 5))).toEqual(new Set([0]));
  });

  it('shows visits that are over as completed, once in a delta', async () => {
    const deps = testDeps({ now: NOW });
    const { adapter } = pullsOf(deps);
    const { asOf } = await adapter.pullAppointments!(call(), RANGE);
    deps.clock.time = Date.UTC(2027, 2, 9, 23, 30);
    const range = { from: '2027-03-08', to: '2027-03-20' };
    const page = await adapter.pullAppointments!(call(), { ...range, updatedSince: asOf });
    expect(page.records.length).toBeGreaterThan(0);
    expect(new Set(page.records.map(({ status }) => status))).toEqual(new Set(['completed']));
    const later = await adapter.pullAppointments!(call(), { ...range, updatedSince: page.asOf });
    expect(later.records).toEqual([]);
  });

  it('lets a seeded visit be moved to another day and back', async () => {
    const deps = testDeps({ now: NOW });
    const { visits } = pullsOf(deps);
    const [place] = await freePlaces(deps, 1);
    const all = await visits();
    const seeded = all.find((visit) => visit.providerForeignId === '102' && visit.start > NOW + 20 * 86_400_000)!;
    const desk = frontDesk(CONFIG, deps);
    const length = seeded.end - seeded.start;
    await desk.move(seeded.foreignId, { ...place!, end: place!.start + length }, { force: true });
    const moved = (await visits()).filter((visit) => visit.foreignId === seeded.foreignId);
    expect(moved.map(({ start, providerForeignId }) => [start, providerForeignId])).toEqual([[place!.start, '101']]);
    const { start, end, providerForeignId, operatoryForeignId, pattern } = seeded;
    await desk.move(seeded.foreignId, { start, end, providerForeignId, operatoryForeignId, pattern: pattern! });
    expect((await visits()).find((visit) => visit.foreignId === seeded.foreignId)?.start).toBe(seeded.start);
  });

  it('never holds two visits at once under random concurrent writers', async () => {
    const deps = testDeps({ now: NOW });
    const places = await freePlaces(deps, 3);
    const { adapter, visits } = pullsOf(deps);
    const attempts = places.flatMap((place, row) =>
      Array.from({ length: 12 }, (_, n) => {
        const shift = (n % 3) * 600_000;
        const reference = `r-${row}-${n}`;
        const at = { ...place, start: place.start + shift, end: place.end + shift };
        return adapter.createAppointment!(call(reference), { ...at, reference, patientForeignId: '2001' });
      }),
    );
    const results = await Promise.allSettled(attempts);
    const won = results.filter((result) => result.status === 'fulfilled').length;
    expect(won).toBeGreaterThanOrEqual(1);
    const ours = (await visits()).filter((visit) => visit.reference !== undefined);
    expect(ours).toHaveLength(won);
    for (const one of ours)
      for (const two of ours) if (one !== two) expect(one.start < two.end && two.start < one.end).toBe(false);
  });

  it('refuses once on demand, and refuses the credential "invalid"', async () => {
    const deps = testDeps({ now: NOW });
    const config = { ...CONFIG, faults: { conflictOnce: true } };
    const adapter = plugin.create(config, deps);
    const [place] = await freePlaces(deps, 1);
    const request = { ...place!, reference: 'once', patientForeignId: '2001' };
    const { alternatives } = await fails(adapter.createAppointment!(call(), request), 'conflict');
    expect(alternatives).toHaveLength(3);
    expect((await adapter.createAppointment!(call(), request)).status).toBe('scheduled');
    await fails(plugin.create({ seed: 'x', accessKey: 'invalid' }, deps).probe(call()), 'unauthorized');
  });

  it('reads as it was some time ago on demand, and moves without a trace', async () => {
    const deps = testDeps({ now: NOW });
    const { visits, adapter } = pullsOf(deps);
    const [from, to] = await freePlaces(deps, 2);
    const desk = frontDesk(CONFIG, deps);
    const { foreignId } = await desk.book(from!);
    const startOf = async () => (await visits()).find((visit) => visit.foreignId === foreignId)?.start;
    deps.clock.time += 60_000;
    await desk.move(foreignId, to!);
    await setFaults(deps.store, { staleMs: 30_000 });
    expect(await startOf()).toBe(from!.start);
    deps.clock.time += 30_000;
    expect(await startOf()).toBe(to!.start);
    await setFaults(deps.store, { staleMs: 120_000 });
    expect(await startOf()).toBeUndefined();
    await setFaults(deps.store, {});
    const { asOf } = await adapter.pullAppointments!(call(), RANGE);
    await desk.move(foreignId, from!, { silently: true });
    const changes = await readAll((next) =>
      adapter.pullAppointments!(call(), { ...RANGE, ...next, updatedSince: asOf }),
    );
    expect(changes).toEqual([]);
    expect(await startOf()).toBe(from!.start);
  });

  it('loses some answers by chance, and doubles what is asked for twice when it knows no references', async () => {
    const deps = testDeps({ now: NOW });
    const adapter = plugin.create({ ...CONFIG, faults: { losePercent: 40, doubles: true } }, deps);
    const [place, ...places] = await freePlaces(deps, 30);
    const request = { ...place!, reference: 'twice', patientForeignId: '2001' };
    const results = await Promise.allSettled(
      [place!, ...places].map((at) => adapter.createAppointment!(call(), { ...request, ...at })),
    );
    const lost = results.filter(({ status }) => status === 'rejected').length;
    expect(lost).toBeGreaterThan(0);
    expect(lost).toBeLessThan(results.length);
    const ours = (await pullsOf(deps).visits()).filter((visit) => visit.reference === 'twice');
    expect(ours.length).toBeGreaterThan(1);
    expect(ours.map(({ foreignId }) => foreignId)).toContain(
      (await adapter.findByOurReference!(call(), 'twice'))?.foreignId,
    );
  });

  it('describes its configuration in a schema that takes the good and refuses the unknown', () => {
    const validate = new Ajv2020({ strict: true }).compile(plugin.configSchema);
    expect(validate({ seed: 'a', hours: 'early', accessKey: 'k', faults: { latencyMs: 5 } })).toBe(true);
    expect(validate({})).toBe(true);
    expect(validate({ sead: 'a' })).toBe(false);
    expect(validate({ faults: { down: 'yes' } })).toBe(false);
  });
});
