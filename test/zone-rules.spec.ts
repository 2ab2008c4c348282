import { join } from 'node:path';
import { DemoPlatform } from './harness/demo.js';
import { PracticeClient } from './harness/practice.js';
import { AppProcess, cli, freePort } from './harness/processes.js';
import { until } from './harness/until.js';
import { somebody } from './harness/visitor.js';

/** Monday, 06:00 in Chicago, of a week in which its clocks go forward on Sunday. */
const NOW = Date.UTC(2032, 2, 8, 12);
const SUN = '2032-03-14';
const FRI = '2032-03-19';
const SAT = '2032-03-20';
const NEXT_SUN = '2032-03-21';
const AUTUMN = '2032-11-07';
const ALL_DAY = [0, 1, 2, 3, 4, 5, 6].map((weekday) => ({ weekday, start: '00:00', end: '24:00' }));

const RELEASE = '2032z';
/** Chicago gives summer time up; in Honolulu the clocks go forward for good at 23:30 on that Friday. */
const zones = {
  'America/Chicago': 'America/Chicago|CST|60|0||1',
  'Pacific/Honolulu': `Pacific/Honolulu|HST HDT|a0 90|01|${base60(Date.UTC(2032, 2, 20, 9, 30) / 60_000)}|1`,
};

function base60(value: number): string {
  const digits = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX';
  return (value >= 60 ? base60(Math.floor(value / 60)) : '') + digits.charAt(value % 60);
}

type Json = Record<string, never>;

/** Guarantee: whatever becomes of the rules of a time zone, a visit that was agreed for 10:00 is at 10:00. */
describe('a new release of the tz database', () => {
  const practice = new PracticeClient();
  let demo: DemoPlatform;
  let upgraded: AppProcess;
  let other: Record<string, string>;
  let patientId: string;

  beforeAll(async () => {
    demo = await DemoPlatform.start({ env: { SYNC_POLL_SECONDS: '1' }, entry: 'clocked' });
    await demo.app.setClock({ ahead: NOW - Date.now() });
    Object.assign(practice, { baseUrl: demo.app.baseUrl, apiKey: demo.keys.apiKey });
    patientId = (await practice.ok('POST', 'patients', somebody())).id;
    const preload = join(__dirname, 'harness', 'other-tzdata.cjs');
    const OTHER_TZDATA = JSON.stringify({ version: RELEASE, zones });
    other = { ...demo.env, NODE_OPTIONS: `--require ${preload}`, OTHER_TZDATA };
    upgraded = new AppProcess(other, await freePort(), 'clocked');
  }, 120_000);

  afterAll(async () => {
    await upgraded?.end();
    await demo?.stop();
  });

  it('keeps wall times, moves instants and pages, lists what moved, and goes no further when it is repeated', async () => {
    const [chicago, honolulu] = [
      await practice.location({ hours: ALL_DAY }),
      await practice.location({ hours: ALL_DAY, zone: 'Pacific/Honolulu' }),
    ];
    const [chair, deck] = [await practice.operatory(chicago.id), await practice.operatory(honolulu.id)];
    const ann = await practice.provider([chicago.id], [chair.id]);
    const hana = await practice.provider([honolulu.id], [deck.id]);
    const roaming = await practice.provider([chicago.id, honolulu.id], [chair.id, deck.id]);
    const [here, there, both] = [
      await practice.reason([ann.id], [chair.id]),
      await practice.reason([hana.id], [deck.id]),
      await practice.reason([roaming.id], [chair.id, deck.id]),
    ];
    const slotAt = async (reasonId: string, local: string): Promise<string> => {
      const slots = await practice.slots(reasonId, local.slice(0, 10));
      const slot = slots.find((one) => one.local === local);
      if (!slot) throw new Error(`no slot at ${local}`);
      return slot.id;
    };
    const book = async (reasonId: string, local: string) =>
      practice.ok('POST', 'appointments', { slotId: await slotAt(reasonId, local), patientId, patientType: 'new' });
    await practice.ok('PATCH', 'settings', { scheduling: { maxDaysAhead: 365 } });
    const summer = await book(here.id, `${SAT}T10:00`);
    const early = await book(here.id, `${SUN}T01:00`);
    const onTheDay = await book(here.id, `${SUN}T10:00`);
    const autumn = await book(here.id, `${AUTUMN}T10:00`);
    const late = await book(there.id, `${FRI}T23:30`);
    const night = await book(there.id, `${SAT}T00:30`);
    const evening = await book(both.id, `${SAT}T18:00`);
    const ended = await book(here.id, `${SAT}T15:00`);
    await practice.ok('POST', `appointments/${ended.id}/cancel`, { reason: 'other' });
    const older = await book(here.id, `${SAT}T20:00`);
    await demo.db.collection('appointments').updateOne({ _id: older.id as never }, { $unset: { local: 1 } });
    const times = { startDate: NEXT_SUN, endDate: NEXT_SUN, startTime: '12:00', endTime: '13:00' };
    await practice.ok('POST', 'blocks', { locationId: chicago.id, providerIds: [ann.id], type: 'break', ...times });
    const hold = await practice.hold(await slotAt(here.id, `${SAT}T12:00`));
    // What the practice system gives: its hours and its own visits.
    const { data: reasons } = await practice.ok('GET', 'reasons?limit=100');
    const theirs = reasons.find(({ name }: { name: string }) => name === 'Tooth pain').id as string;
    const offeredThere = async () => {
      const found: string[] = [];
      for (const date of ['2032-03-15', '2032-03-16', '2032-06-07']) {
        const slots = await practice.slots(theirs, date, '&anyProvider=false');
        found.push(...slots.map(({ local, providerId }) => `${local} ${providerId}`));
      }
      return found;
    };
    const before = await until(offeredThere, ({ length }) => length > 0);

    await demo.app.end();
    const report = await cli<{ zones: Json | null }>(other, 'migrate');
    expect(report.zones).toMatchObject({ to: RELEASE, practices: 1 });
    expect((await cli<{ zones: Json | null }>(other, 'migrate')).zones).toBeNull();
    await upgraded.start();
    await upgraded.setClock({ ahead: NOW + 60_000 - Date.now() });
    practice.baseUrl = upgraded.baseUrl;
    const changes = async () => (await practice.ok('GET', 'zone-changes')).data;
    const [change] = await until(changes, ([first]) => first?.finishedAt);
    expect(change).toMatchObject({
      ...{ from: report.zones?.['from'], to: RELEASE, zones: ['America/Chicago', 'Pacific/Honolulu'] },
      ...{ moved: 5, inGap: 1, overlapping: 2 },
    });

    const { data: moves } = await practice.ok('GET', `zone-changes/${change.id}/appointments`);
    const hour = 3_600_000;
    const later = (one: { time: { start: string } }, by: number) =>
      new Date(Date.parse(one.time.start) + by).toISOString().replace('.000', '');
    const line = (one: { id: string; time: Json }, by: number, more: object = {}) => ({
      appointmentId: one.id,
      agreed: one.time['local'],
      time: { ...one.time, start: later(one as never, by) },
      before: one.time['start'],
      inGap: false,
      overlaps: [],
      ...more,
    });
    expect(moves).toEqual(
      [
        line(onTheDay, hour),
        // Half past eleven is skipped: the visit is an hour later on the wall, where the other one has moved to.
        line(late, 0, {
          time: { ...late.time, local: `${SAT}T00:30` },
          inGap: true,
          overlaps: [night.id],
        }),
        line(night, -hour, { overlaps: [late.id] }),
        line(summer, hour),
        line(evening, hour),
      ].sort((a, b) => (a.time.start < b.time.start ? -1 : a.time.start > b.time.start ? 1 : 0)),
    );
    for (const [one, by, version] of [
      [summer, hour, 2],
      [early, 0, 1],
      [autumn, 0, 1],
      [late, 0, 2],
      [older, 0, 1],
      [ended, 0, 2],
    ] as const) {
      const now = await practice.ok('GET', `appointments/${one.id}`);
      expect([now.time.start, now.version]).toEqual([later(one, by), version]);
    }
    expect((await practice.ok('GET', `appointments/${late.id}`)).date).toBe(SAT);
    const { local } = (await demo.db.collection('appointments').findOne({ _id: older.id as never })) as never;
    expect(local).toBe(`${SAT}T19:00`);

    // Each stands on its page where it should: beside it is free, and nobody gets its time.
    const offered = (reasonId: string, date: string) => practice.times(reasonId, date, `&locationId=${chicago.id}`);
    const around = (all: string[], ...wanted: string[]) => wanted.filter((time) => all.includes(time));
    expect(around(await offered(here.id, SAT), '09:30', '10:00', '10:30', '12:00', '18:00', '19:00', '19:30')).toEqual([
      ...['09:30', '10:30', '12:00', '19:30'],
    ]);
    expect(around(await offered(here.id, SUN), '01:00', '02:00', '02:30', '09:00', '10:00', '11:00')).toEqual([
      ...['02:00', '02:30', '09:00', '11:00'],
    ]);
    expect(around(await offered(here.id, AUTUMN), '09:00', '10:00', '11:00')).toEqual(['09:00', '11:00']);
    expect(around(await offered(here.id, NEXT_SUN), '11:30', '12:00', '12:30', '13:00')).toEqual(['11:30', '13:00']);
    expect(around(await offered(both.id, SAT), '17:00', '18:00', '18:30')).toEqual(['17:00', '18:30']);
    expect((await practice.call('GET', `holds/${hold.id}`)).status).toBe(404);
    await until(offeredThere, (after) => JSON.stringify(after) === JSON.stringify(before));

    const told = await demo.db.collection('events').find({ type: 'appointment.instant_changed' }).toArray();
    expect(told.map(({ subject }) => subject.id).sort()).toEqual(moves.map((one: Json) => one['appointmentId']).sort());
    expect(await demo.db.collection('events').countDocuments({ type: 'appointment.rescheduled' })).toBe(0);

    // A run that is cut off and begins again finds nothing left to do.
    const versions = () => demo.db.collection('appointments').find().project({ version: 1 }).sort({ _id: 1 }).toArray();
    const stood = await versions();
    const work = demo.db.collection('due_work');
    const row = await work.findOne({ kind: 'zones.follow' });
    await work.updateOne({ _id: row?._id as never }, { $set: { state: 'ready' } });
    await until(
      () => work.findOne({ _id: row?._id as never }),
      (one) => one?.['state'] === 'done',
    );
    expect(await versions()).toEqual(stood);
    expect((await changes())[0]).toMatchObject({ id: change.id, moved: 5, overlapping: 2 });
  }, 300_000);
});
