import { EventRepository } from '../src/events/index.js';
import { PERMISSIONS } from '../src/http/index.js';
import { mintTenantScope } from '../src/kernel/index.js';
import { Persistence } from '../src/persistence/index.js';
import type { Api, ApiAnswer } from './harness/api.js';
import { ShiftingClock } from './harness/shifting-clock.js';
import { SMALL_PLUGIN, SmallPms } from './harness/small-pms/small-pms.js';
import { location, Tenancy } from './harness/tenants.js';
import { until } from './harness/until.js';

type Json = ApiAnswer['body'];

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Monday, eight o'clock in Chicago. */
const MONDAY = Date.UTC(2027, 2, 8, 14);
const SOON = 'soon' as unknown as number;

/**
 * Guarantee: one record that cannot be read stops nobody. The others are taken over; the time of a visit that was readable once
 * stays taken as it was; staff are told once, see which record and why, and are told when it is over.
 */
describe('a practice system in which single records cannot be read', () => {
  const clock = new ShiftingClock(MONDAY);
  let tenancy: Tenancy;
  let pms: SmallPms;
  let api: Api;
  let path: string;

  const rows = (name: string): Promise<Json[]> => {
    const { db } = tenancy.running.app.get(Persistence).connection;
    return db!.collection(name).find({ tenantId: practiceId() }).sort({ _id: 1 }).toArray();
  };
  const practiceId = () => api.headers['openchair-practice'] as string;
  const status = (): Promise<Json> => api.ok('GET', path);
  const listed = async (): Promise<Json[]> => (await api.ok('GET', `${path}/unreadable-records`)).data;
  /** The spans of a local day that visits of the practice system take in a room, as minutes. */
  const taken = async (date: string, room: string): Promise<string[]> => {
    const rooms = (await api.ok('GET', '/v1/operatories')).data as Json[];
    const id = rooms.find(({ foreign }) => foreign.foreignId === room).id;
    const page = (await rows('pages')).find((one) => one.date === date);
    const entries = (page?.entries ?? []) as Json[];
    return entries.filter(({ resource }) => resource === id).map(({ start, end }) => `${start}–${end}`);
  };
  const raised = async (...types: string[]): Promise<number[]> => {
    const scope = mintTenantScope(practiceId(), { kind: 'system', id: 'spec' });
    const events = tenancy.running.app.get(EventRepository).forTenant(scope);
    return Promise.all(types.map((type) => events.count({ type } as never)));
  };
  const logged = async (): Promise<Json[]> =>
    (await rows('sync_log')).filter(({ what }) => what === 'records_unreadable');
  /** To the millisecond, which the API does not show. */
  const state = async (): Promise<Json> => (await rows('sync_states'))[0];
  /** Until the practice system has been read once more. */
  const readAgain = async (kind = 'appointments') => {
    const { kinds } = await state();
    await api.ok('POST', `${path}/run`, { kind });
    await until(state, (now) => now.kinds.appointments.at > kinds.appointments.at);
  };
  const compare = async () => {
    const { reconciledAt } = await state();
    await api.ok('POST', `${path}/run`, { kind: 'reconcile' });
    await until(state, (now) => now.reconciledAt > reconciledAt);
  };
  const visitAt = (person: string, day: number, hour: number) =>
    pms.visits.find(
      (visit) => visit.providerForeignId === person && visit.start === MONDAY - 14 * HOUR + day * DAY + hour * HOUR,
    )!.foreignId;

  beforeAll(async () => {
    pms = await SmallPms.open(clock, MONDAY);
    tenancy = await Tenancy.start({ clock, env: { SYNC_POLL_SECONDS: '1', PLUGINS: SMALL_PLUGIN } });
    const admin = (await tenancy.key((await tenancy.agency()).admin.api, [...PERMISSIONS])).api;
    api = admin.in((await admin.ok('POST', '/v1/practices', { name: 'Odd' })).id);
    await api.ok('POST', '/v1/locations', location({ hours: [] }));
    await api.ok('PATCH', '/v1/settings', { scheduling: { maxDaysAhead: 40 } });
    pms.change(visitAt('p1', 1, 15), { start: SOON });
    const config = { baseUrl: pms.url, apiKey: pms.apiKey };
    const connection = await api.ok('POST', '/v1/connections', { pluginId: 'pms-small', name: 'Small', config });
    path = `/v1/sync/connections/${connection.id}`;
  }, 60_000);

  afterAll(async () => {
    await tenancy?.running.stop();
    await pms?.stop();
  }, 30_000);

  it('imports the others, and says which record it is and why', async () => {
    const now = await until(status, ({ phase, unreadable }) => phase === 'live' && unreadable === 1);
    expect(now).toMatchObject({ healthy: false, reasons: ['records_unreadable'] });
    expect(now.explanation).toMatch(/^[A-Z].+\.$/);
    expect(await listed()).toEqual([
      {
        kind: 'appointments',
        foreignId: visitAt('p1', 1, 17).replace(/\d+/, (n) => String(Number(n) - 1)),
        field: 'start',
        reason: 'malformed',
        records: 1,
        since: expect.any(String) as unknown,
        seenAt: expect.any(String) as unknown,
      },
    ]);
    // Nobody can say when it is; the other one of that morning is there.
    expect(await taken('2027-03-09', 'r1')).toEqual(['660–690']);
    expect(await taken('2027-03-09', 'r2')).toEqual(['540–570', '660–690']);
  }, 60_000);

  it('tells staff once, however often it is met', async () => {
    await until(
      () => raised('sync.records_unreadable'),
      ([times]) => times === 1,
    );
    await readAgain();
    await compare();
    await readAgain();
    expect(await raised('sync.records_unreadable', 'sync.records_readable', 'sync.disconnected')).toEqual([1, 0, 0]);
    expect(await logged()).toHaveLength(1);
  }, 60_000);

  it('takes it over when it is mended, and tells so once', async () => {
    const [{ foreignId }] = (await listed()) as [Json];
    pms.change(foreignId, { start: MONDAY + DAY + 4 * HOUR, end: MONDAY + DAY + 4.5 * HOUR });
    await until(status, ({ healthy, unreadable }) => healthy && unreadable === 0);
    expect(await listed()).toEqual([]);
    expect(await taken('2027-03-09', 'r1')).toEqual(['660–690', '720–750']);
    await until(
      () => raised('sync.records_readable'),
      ([times]) => times === 1,
    );
    await readAgain();
    expect(await raised('sync.records_unreadable', 'sync.records_readable')).toEqual([1, 1]);
  }, 60_000);

  it('leaves the time of a visit taken that could be read before, also when both sides are compared', async () => {
    const foreignId = visitAt('p2', 2, 15);
    pms.change(foreignId, { start: SOON });
    await until(status, ({ unreadable }) => unreadable === 1);
    await compare();
    expect(await taken('2027-03-10', 'r2')).toEqual(['540–570', '660–690']);
    expect((await listed())[0]).toMatchObject({ foreignId, field: 'start' });
    pms.change(foreignId, { start: MONDAY + 2 * DAY + HOUR });
    await until(status, ({ healthy }) => healthy);
  }, 60_000);

  it('takes nothing for gone while a record has no id, for it may be that one', async () => {
    const gone = visitAt('p1', 3, 15);
    const nameless = pms.visits.findIndex(({ foreignId }) => foreignId === visitAt('p1', 3, 17));
    const before = pms.visits[nameless]!;
    pms.visits[nameless] = { ...before, foreignId: 17 as never, updatedAt: pms.now() };
    pms.remove(gone);
    await until(status, ({ unreadable }) => unreadable === 1);
    await compare();
    expect((await listed())[0]).toMatchObject({ foreignId: null, field: 'foreignId', records: 1 });
    expect(await taken('2027-03-11', 'r1')).toEqual(['540–570', '660–690']);
    pms.change(17 as never, { foreignId: before.foreignId });
    await compare();
    await until(status, ({ healthy }) => healthy);
    await compare();
    expect(await taken('2027-03-11', 'r1')).toEqual(['660–690']);
  }, 60_000);

  it('keeps people who cannot be read, and what is set apart', async () => {
    const date = '2027-03-12';
    const block = { kind: 'blockout', foreignId: 'b1', type: 'Lunch', operatoryForeignId: 'r1', date } as const;
    pms.blockouts.push({ ...block, start: '12:00', end: '13:00' });
    const blockouts = async () => (await rows('pages')).find((page) => page.date === date)?.blockouts as Json[];
    await until(blockouts, (found) => found.length === 1);
    const active = async () => ((await api.ok('GET', '/v1/providers?limit=100')).data as Json[]).map(({ id }) => id);
    const everybody = await active();

    const { people } = pms;
    pms.people = people.map((one) => (one.foreignId === 'p2' ? { ...one, firstName: null as never } : one));
    pms.blockouts[0] = { ...pms.blockouts[0]!, start: 12 as never };
    await readAgain('all');
    const found = await until(listed, (all) => all.length === 2);
    expect(found).toMatchObject([
      { kind: 'providers', foreignId: 'p2', field: 'firstName', reason: 'missing' },
      { kind: 'schedules', foreignId: 'b1', field: 'start', reason: 'malformed' },
    ]);
    expect(await active()).toEqual(everybody);
    expect(await blockouts()).toHaveLength(1);

    pms.people = people;
    pms.blockouts.length = 0;
    await readAgain('all');
    await until(status, ({ healthy }) => healthy);
    expect(await blockouts()).toEqual([]);
    expect(await active()).toEqual(everybody);
  }, 60_000);
});
