import { NexHealthEmulator } from '../plugins/pms-nexhealth/test/emulator.js';
import { LOCATION, type Row, SUBDOMAIN } from '../plugins/pms-nexhealth/test/practice.js';
import { Catalog, ProviderService, ReasonService } from '../src/catalog/index.js';
import { EventRepository } from '../src/events/index.js';
import { UnitOfWork } from '../src/persistence/index.js';
import { Connections, type Connection } from '../src/plugin-host/index.js';
import { AppointmentRepository, Availability, type Appointment, type Slot } from '../src/scheduling/index.js';
import { SyncSetup } from '../src/sync/index.js';
import { startApp, type RunningApp } from './harness/app.js';
import { BookedPractice } from './harness/booked-practice.js';
import { ShiftingClock } from './harness/shifting-clock.js';
import { newPractice } from './harness/synced-practice.js';
import { until } from './harness/until.js';

const SECRET = 'the secret key of the endpoint';
/** Monday, nine o'clock in Chicago. */
const NOW = Date.UTC(2027, 2, 8, 15);

/** A practice whose book lives in Dentrix, behind NexHealth: what is accepted there is not yet in the book. */
describe('a practice behind NexHealth', () => {
  const clock = new ShiftingClock(NOW);
  const emulator = new NexHealthEmulator(clock);
  const { office } = emulator;
  let running: RunningApp;
  let practice: BookedPractice;
  let connection: Connection;
  let reasonId: string;
  let patientId: string;

  const get = <T>(token: abstract new (...args: never[]) => T): T => running.app.get<T>(token as never);
  const appointment = (id: string) => get(AppointmentRepository).forTenant(practice.scope).getById(id, 'appointment');
  const synced = (id: string, state: Appointment['sync']['state']) =>
    until(
      () => appointment(id),
      ({ sync }) => sync.state === state,
    );
  const slots = async (from: string): Promise<Slot[]> => {
    const query = { reasonId, from, days: 1, byStaff: true };
    return (await get(Availability).search(practice.scope, query)).days.flatMap((day) => day.slots);
  };
  const local = (slot: Slot) =>
    new Intl.DateTimeFormat('sv', { timeZone: 'America/Chicago', timeStyle: 'short' }).format(slot.start);
  const slotAt = async (date: string, time: string) => (await slots(date)).find((slot) => local(slot) === time)!;
  const book = async (date: string, time: string) => (await practice.book(await slotAt(date, time), patientId))!;
  const ours = (id: string) =>
    [...office.appointments.values()].findLast((row) => String(row['referrer']).endsWith(id)) as Row & { id: number };
  /** NexHealth's cycle runs, and its messages are delivered. */
  const cycle = async (id: string) => {
    office.insert(ours(id).id);
    for (const { body, headers } of office.messages.splice(0)) {
      const url = `${running.baseUrl}/v1/hooks/${connection._id}`;
      const init = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' } };
      expect((await fetch(url, { ...init, body: Buffer.from(body) })).status).toBe(200);
    }
  };
  const written = async (date: string, time: string) => {
    const { _id } = await book(date, time);
    await until(
      () => appointment(_id),
      ({ sync }) => sync.reason === 'insertion_pending',
    );
    await cycle(_id);
    await practice.drained();
    return synced(_id, 'written');
  };

  beforeAll(async () => {
    office.secret = SECRET;
    office.prompt = false;
    await emulator.listen();
    running = await startApp({ clock, env: { SYNC_POLL_SECONDS: '1' } });
    const scope = await newPractice(running.app, 'behind-nexhealth');
    practice = new BookedPractice(running.app, clock, scope);
    const own = { apiKey: emulator.apiKey, subdomain: SUBDOMAIN, locationId: LOCATION, workingHours: 'synced' };
    const prepared = await get(Connections).prepare(scope, {
      pluginId: 'pms-nexhealth',
      name: 'Dentrix',
      config: { ...own, baseUrl: emulator.url, webhookSecret: SECRET },
    });
    connection = await get(UnitOfWork).run((tx) => get(Connections).create(scope, tx, prepared));
    await get(SyncSetup).import(scope, connection);
    const { providers, operatories } = await get(Catalog).snapshot(scope);
    const idOf = (items: readonly { _id: string; foreign: { foreignId: string } | null }[], foreignId: string) =>
      items.find(({ foreign }) => foreign?.foreignId === foreignId)!._id;
    const dentist = idOf(providers, '101');
    await get(ProviderService).change(scope, dentist, { active: true });
    const places = { providerIds: [dentist], operatoryIds: [idOf(operatories, '181')] };
    const reason = { name: 'Tooth pain', durationMinutes: 30, patientTypes: ['new' as const], ...places };
    reasonId = (await get(UnitOfWork).run((tx) => get(ReasonService).create(scope, tx, reason)))._id;
    [patientId] = (await practice.patients(1, { phone: '+13125550147' })) as [string];
  }, 60_000);

  afterAll(async () => {
    await running.stop();
    await emulator.stop();
    expect(emulator.ignored).toEqual([]);
  });

  it('offers what working hours, visits and blocks leave free', async () => {
    const times = async (date: string) => [...new Set((await slots(date)).map(local))];
    const tuesday = await times('2027-03-09');
    // Visits at 8, 9 and 10 for half an hour, lunch from 12 to 1.
    expect(tuesday.filter((time) => time < '12:00')).toEqual([
      '08:30',
      '09:30',
      '10:30',
      '10:45',
      '11:00',
      '11:15',
      '11:30',
    ]);
    expect(tuesday.at(-1)).toBe('16:30');
    expect(tuesday).not.toContain('12:00');
    const wednesday = await times('2027-03-10');
    expect(wednesday.filter((time) => time > '14:30')).toEqual(['16:00', '16:15', '16:30']);
    expect(await times('2027-03-26')).not.toContain('13:00');
  });

  it('takes a booking for written when the practice system has it, not when NexHealth has accepted it', async () => {
    const { _id, start, sync } = await written('2027-03-09', '13:00');
    expect(sync.foreignId).toBe(String(ours(_id).id));
    expect(office.countAt({ providerForeignId: '101', operatoryForeignId: '181', start, end: start })).toBe(1);
    const posted = emulator.requests.filter(({ method, path }) => method === 'POST' && path === '/appointments');
    expect(posted).toHaveLength(1);
    const { status } = await get(Connections)
      .get(practice.scope, connection._id)
      .then(({ state }) => state);
    expect(status).toBe('up');
  }, 60_000);

  it('brings what the front desk does', async () => {
    const { _id } = await written('2027-03-11', '13:00');
    const [start, end] = ['20:00', '20:30'].map((time) => `2027-03-11T${time}:00.000Z`);
    office.prompt = true;
    office.change(String(ours(_id)['foreign_id']), { start_time: start, end_time: end });
    const moved = await until(
      () => appointment(_id),
      (one) => one.start === Date.parse(start!),
    );
    expect(moved.history.at(-1)).toMatchObject({ what: 'reschedule', channel: 'pms' });
    office.change(String(ours(_id)['foreign_id']), { cancelled: true });
    await until(
      () => appointment(_id),
      ({ status }) => status === 'cancelled',
    );
    office.prompt = false;
  }, 60_000);

  it('writes what patients change, and leaves a confirmation that cannot be taken back', async () => {
    const { _id } = await written('2027-03-12', '13:00');
    await practice.act(_id, 'confirm');
    await until(
      () => ours(_id)['confirmed'],
      (confirmed) => confirmed === true,
    );
    await practice.drained();
    const moved = (await practice.move(_id, await slotAt('2027-03-12', '15:00')))!;
    await until(
      () => ours(_id)['start_time'],
      (start) => start === new Date(moved.start).toISOString(),
    );
    await practice.drained();
    expect(await appointment(_id)).toMatchObject({ status: 'booked', sync: { state: 'written', reason: null } });
    await practice.act(_id, 'cancel');
    await until(
      () => ours(_id)['cancelled'],
      (cancelled) => cancelled === true,
    );
  }, 60_000);

  it('says when the front desk was quicker, with alternatives, and books the time that is chosen instead', async () => {
    const { _id, start, end } = await book('2027-03-15', '13:00');
    await until(
      () => appointment(_id),
      ({ sync }) => sync.reason === 'insertion_pending',
    );
    const refused = ours(_id).id;
    office.enterAt({ providerForeignId: '101', operatoryForeignId: '181', start, end });
    await cycle(_id);
    const { sync } = await synced(_id, 'conflict');
    expect(sync.alternatives.length).toBeGreaterThan(0);
    const events = await get(EventRepository).forTenant(practice.scope).find({ 'subject.id': _id });
    expect(events.map(({ type }) => type)).toContain('appointment.sync.conflict');

    const moved = (await practice.move(_id, await slotAt('2027-03-15', '15:00')))!;
    await until(
      () => ours(_id)['start_time'],
      (at) => at === new Date(moved.start).toISOString(),
    );
    expect(office.appointments.get(refused)?.['cancelled']).toBe(true);
    await cycle(_id);
    await practice.drained();
    expect((await synced(_id, 'written')).sync.foreignId).toBe(String(ours(_id).id));
    expect(office.countAt({ providerForeignId: '101', operatoryForeignId: '181', start, end })).toBe(1);
  }, 60_000);

  it('tells that its key was withdrawn', async () => {
    await emulator.fault('revoked_key');
    const state = async () => (await get(Connections).get(practice.scope, connection._id)).state;
    await until(state, ({ status }) => status === 'unauthorized');
    await emulator.fault('none');
    clock.advance(10 * 60_000);
    await until(state, ({ status }) => status === 'up');
  }, 60_000);
});
