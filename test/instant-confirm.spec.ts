import { PERMISSIONS } from '../src/http/index.js';
import { Persistence } from '../src/persistence/index.js';
import type { Api, ApiAnswer } from './harness/api.js';
import { request } from './harness/http.js';
import { SMALL_PLUGIN, SmallPms } from './harness/small-pms/small-pms.js';
import { location, setUp, Tenancy } from './harness/tenants.js';
import { until } from './harness/until.js';
import { somebody, TestVisitor } from './harness/visitor.js';

/** How long the answer to a booking may wait for the practice system, and what everything else may take on a busy machine. */
const WAIT_MS = 4_000;
const SLACK_MS = 2_500;

/**
 * Guarantee: who books learns at once what the practice system made of it, when it says so in time; a booking is neither lost
 * nor late because that system is.
 */
describe('a booking where a practice system takes it', () => {
  let tenancy: Tenancy;
  let pms: SmallPms;
  let api: Api;
  let visitor: TestVisitor;
  let connectionId: string;
  let reasonId: string;
  let place = 0;

  beforeAll(async () => {
    pms = await SmallPms.open({ now: () => Date.now() }, Date.now(), 0);
    // After the import nothing is read: what the front desk does is met by the writes.
    tenancy = await Tenancy.start({ env: { SYNC_POLL_SECONDS: '3600', PLUGINS: SMALL_PLUGIN } });
    const agency = await tenancy.agency();
    const practice = await tenancy.practice(agency);
    api = (await tenancy.key(agency.admin.api.in(practice), ofAPractice())).api;
    await furnish();
    visitor = await visitorOf(api);
  }, 60_000);

  afterAll(async () => {
    await tenancy?.running.stop();
    await pms?.stop();
  });

  const ofAPractice = () => PERMISSIONS.filter((one) => !one.startsWith('agency:'));

  async function visitorOf(practice: Api): Promise<TestVisitor> {
    const key = await practice.ok('POST', '/v1/widget-keys', { name: 'Site', origins: [], allowServerSide: true });
    return new TestVisitor(tenancy.running.baseUrl, key.key).open();
  }

  /** What the import does not bring: whom patients may book, for what, and how they are reached. */
  async function furnish(): Promise<void> {
    const { id: locationId } = await api.ok('POST', '/v1/locations', location({ zone: 'UTC' }));
    await api.ok('PATCH', '/v1/settings', {
      scheduling: { maxDaysAhead: 14, rescheduleWindowHours: 0 },
      brand: { phone: '+13125550100' },
    });
    const config = { baseUrl: pms.url, apiKey: pms.apiKey };
    const body = { pluginId: 'pms-small', name: 'Small', config, locationIds: [locationId] };
    connectionId = (await api.ok('POST', '/v1/connections', body)).id;
    await until(
      () => api.ok('GET', `/v1/sync/connections/${connectionId}`),
      ({ healthy }) => healthy,
    );
    const providers = (await api.ok('GET', '/v1/providers?limit=100')).data;
    const operatories = (await api.ok('GET', '/v1/operatories?limit=100')).data;
    for (const { id } of providers) await api.ok('PATCH', `/v1/providers/${id}`, { active: true });
    const people = { providerIds: ids(providers), operatoryIds: ids(operatories) };
    const reason = { name: 'Exam', durationMinutes: 30, patientTypes: ['new'], ...people };
    reasonId = (await api.ok('POST', '/v1/reasons', reason)).id;
    await api.ok('PATCH', '/v1/insurance-settings', { acceptOther: true });
    const mail = { host: '127.0.0.1', port: 9, security: 'none', fromAddress: 'desk@elm.example' };
    await api.ok('POST', '/v1/connections', { pluginId: 'notify-smtp', name: 'Mail', config: mail });
    await api.ok('POST', '/v1/setup/go-live');
    await until(nothingToRead, (quiet) => quiet);
  }

  /** True when the reading that a new connection is owed beside its import is done too. */
  async function nothingToRead(): Promise<boolean> {
    const { connection } = tenancy.running.app.get(Persistence);
    const soon = { $lte: Date.now() + 1_800_000 };
    const kinds = { $in: ['consume.sync.connections', 'sync.pull'] };
    const counts = await Promise.all([
      connection.collection('events').countDocuments({ type: /^connection\./, pending: true }),
      connection.collection('due_work').countDocuments({ kind: kinds, state: 'ready', dueAt: soon }),
    ]);
    return counts.every((count) => count === 0);
  }

  const ids = (items: { id: string }[]) => items.map(({ id }) => id);

  /** A slot that no other test takes. */
  async function freeSlot() {
    const slots = await visitor.slots(reasonId, 14);
    return slots[(place += 1) * 5] as { id: string; start: string; providerId: string };
  }

  async function timed<T>(work: () => Promise<T>): Promise<{ answer: T; ms: number }> {
    const began = performance.now();
    const answer = await work();
    return { answer, ms: performance.now() - began };
  }

  /** The visitor's booking, and how long its answer took. */
  async function book(slotId: string, key?: string): Promise<{ answer: ApiAnswer; ms: number }> {
    const held = await visitor.hold(slotId);
    expect(held.status).toBe(201);
    const body = { holdId: held.body.id, patientType: 'new', patient: somebody(), consent: { treatment: true } };
    const headers = { ...visitor.headers, ...(key ? { 'idempotency-key': key } : {}) };
    const send = () => request('POST', `${tenancy.running.baseUrl}/v1/widget/bookings`, body, headers);
    const first = await timed(send);
    if (key) {
      const second = await send();
      expect(second.headers.get('idempotency-replayed')).toBe('true');
      expect(second.body).toEqual(first.answer.body);
    }
    return first as { answer: ApiAnswer; ms: number };
  }

  /** The front desk takes the time of a slot. */
  async function takenAtFrontDesk({ start, providerId }: { start: string; providerId: string }): Promise<void> {
    const [day, hour] = [Date.parse(start), new Date(start).getUTCHours() + new Date(start).getUTCMinutes() / 60];
    const { lastName } = await api.ok('GET', `/v1/providers/${providerId}`);
    pms.enter(lastName, day, hour);
  }

  const sync = async (id: string) => (await api.ok('GET', `/v1/appointments/${id}`)).sync;
  const written = (id: string) =>
    until(
      () => sync(id),
      ({ state }) => state === 'written',
    );

  it('is answered with what the practice system has written, also when it is asked again', async () => {
    const { answer } = await book((await freeSlot()).id, 'spec-written');
    expect([answer.status, answer.body.sync]).toEqual([201, { state: 'written', alternatives: [] }]);
    const { id } = answer.body.appointment;
    expect(pms.visits.filter(({ reference }) => reference === id)).toHaveLength(1);
  });

  it('is answered with the conflict and what else is free, when the front desk was faster', async () => {
    const slot = await freeSlot();
    await takenAtFrontDesk(slot);
    const { answer, ms } = await book(slot.id);
    expect([answer.status, answer.body.sync.state]).toEqual([201, 'conflict']);
    expect(ms).toBeLessThan(WAIT_MS + SLACK_MS);
    const [other] = answer.body.sync.alternatives;
    expect(other).toMatchObject({ reasonId, durationMinutes: 30 });
    // The visitor takes one of them with the link that the same answer gave.
    const [link] = /[\w-]{32}/.exec(answer.body.manageUrl) as RegExpExecArray;
    const moved = await visitor.send('POST', `/v1/widget/visits/${link}/reschedule`, { slotId: other.id });
    expect(moved.status).toBe(200);
    await written(answer.body.appointment.id);
  });

  it('tells staff the same', async () => {
    const patient = await api.ok('POST', '/v1/patients', somebody());
    const bookFor = async ({ id: slotId }: { id: string }) =>
      api.ok('POST', '/v1/appointments', { slotId, patientId: patient.id, patientType: 'new' });
    expect((await bookFor(await freeSlot())).sync).toMatchObject({ state: 'written', attempts: 1 });
    const slot = await freeSlot();
    await takenAtFrontDesk(slot);
    const { sync: told } = await bookFor(slot);
    expect(told).toMatchObject({ state: 'conflict', reason: 'refused' });
    expect(told.alternatives.length).toBeGreaterThan(0);
  });

  it('is answered in time when the practice system is slow, and gets there afterwards', async () => {
    pms.latencyMs = 6_000;
    const { answer, ms } = await book((await freeSlot()).id, 'spec-slow');
    pms.latencyMs = 0;
    expect([answer.status, answer.body.sync]).toEqual([201, { state: 'pending', alternatives: [] }]);
    expect(ms).toBeGreaterThan(WAIT_MS - 500);
    expect(ms).toBeLessThan(WAIT_MS + SLACK_MS);
    await written(answer.body.appointment.id);
  }, 60_000);

  it('does not wait for a practice system that is known not to answer', async () => {
    await api.ok('POST', `/v1/sync/connections/${connectionId}/pause`);
    const paused = await book((await freeSlot()).id);
    expect([paused.answer.status, paused.answer.body.sync.state]).toEqual([201, 'pending']);
    expect(paused.ms).toBeLessThan(SLACK_MS);
    await api.ok('POST', `/v1/sync/connections/${connectionId}/resume`);
    await written(paused.answer.body.appointment.id);
    await pms.fault('down');
    const failing = await book((await freeSlot()).id);
    expect(failing.answer.body.sync.state).toBe('pending');
    // The first attempt has failed: the next ones are not waited for.
    expect(failing.ms).toBeLessThan(SLACK_MS);
    await pms.fault('none');
    await written(failing.answer.body.appointment.id);
  }, 60_000);

  it('knows nothing of all that where there is no practice system', async () => {
    const agency = await tenancy.agency('Without');
    const practice = agency.admin.api.in(await tenancy.practice(agency));
    const { reasonId: exam } = await setUp(practice);
    const other = await visitorOf(practice);
    const [slot] = await other.slots(exam, 14);
    const held = await other.hold((slot as { id: string }).id);
    const { answer, ms } = await timed(() => other.book(held.body.id));
    expect(answer.body).toMatchObject({ sync: { state: 'none', alternatives: [] } });
    expect(ms).toBeLessThan(SLACK_MS);
  });
});
