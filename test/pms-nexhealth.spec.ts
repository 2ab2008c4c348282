import { NexHealthEmulator } from '../plugins/pms-nexhealth/test/emulator.js';
import { LOCATION, type Row, SUBDOMAIN } from '../plugins/pms-nexhealth/test/practice.js';
import { mintTenantScope } from '../src/kernel/index.js';
import { AppointmentRepository } from '../src/scheduling/index.js';
import type { ApiAnswer } from './harness/api.js';
import { ConnectedPractice } from './harness/connected-practice.js';
import { ShiftingClock } from './harness/shifting-clock.js';
import { until } from './harness/until.js';

type Json = ApiAnswer['body'];

const SECRET = 'the secret key of the endpoint';
/** Monday, nine o'clock in Chicago. */
const NOW = Date.UTC(2027, 2, 8, 15);
const MINUTE = 60_000;

/** A practice whose book lives in Dentrix, behind NexHealth: what is accepted there is not yet in the book. */
describe('a practice behind NexHealth', () => {
  const clock = new ShiftingClock(NOW);
  const emulator = new NexHealthEmulator(clock);
  const { office } = emulator;
  let practice: ConnectedPractice;
  let patient: Json;

  const ours = (id: string) =>
    [...office.appointments.values()].findLast((row) => String(row['referrer']).endsWith(id)) as Row & { id: number };
  const holds = (id: string, field: string, value: unknown) =>
    until(
      () => ours(id)[field],
      (held) => held === value,
    );
  const placeOf = ({ time }: Json) => {
    const start = Date.parse(time.start);
    return { providerForeignId: '101', operatoryForeignId: '181', start, end: start + 30 * MINUTE };
  };
  /** The id that the exchange goes by. */
  const foreignId = async (id: string) => {
    const scope = mintTenantScope(practice.practiceId, { kind: 'system', id: 'spec' });
    const appointments = practice.running.app.get(AppointmentRepository).forTenant(scope);
    return (await appointments.getById(id, 'appointment')).sync.foreignId;
  };
  const pending = (id: string) => practice.becomes(id, ({ sync }) => sync.reason === 'insertion_pending');
  /** NexHealth's cycle runs, and its messages are delivered. */
  const cycle = async (id: string) => {
    office.insert(ours(id).id);
    for (const { body, headers } of office.messages.splice(0)) {
      const url = `${practice.running.baseUrl}/v1/hooks/${practice.connectionId}`;
      const init = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' } };
      expect((await fetch(url, { ...init, body: Buffer.from(body) })).status).toBe(200);
    }
  };
  const written = async (date: string, time: string): Promise<Json> => {
    const { id } = await practice.book(date, time, patient);
    await pending(id);
    await cycle(id);
    return practice.synced(id, 'written');
  };

  beforeAll(async () => {
    office.secret = SECRET;
    office.prompt = false;
    await emulator.listen();
    const own = { apiKey: emulator.apiKey, subdomain: SUBDOMAIN, locationId: LOCATION, workingHours: 'synced' };
    practice = await ConnectedPractice.open({
      pluginId: 'pms-nexhealth',
      config: { ...own, baseUrl: emulator.url, webhookSecret: SECRET },
      clock,
      provider: '101',
      operatories: ['181'],
    });
    patient = await practice.patient({ phone: '+13125550147' });
  }, 90_000);

  afterAll(async () => {
    await practice.stop();
    await emulator.stop();
    expect(emulator.ignored).toEqual([]);
  });

  it('offers what working hours, visits and blocks leave free', async () => {
    const times = async (date: string) => [...(await practice.times(date)).keys()];
    // Visits at 8, 9 and 10 for half an hour, lunch from 12 to 1.
    const morning = ['08:30', '09:30', '10:30', '11:00', '11:30'];
    const afternoon = ['13:00', '13:30', '14:00', '14:30', '15:00', '15:30', '16:00', '16:30'];
    for (const date of ['2027-03-09', '2027-03-16']) expect(await times(date)).toEqual([...morning, ...afternoon]);
    // A meeting from three to four, and all rooms closed from noon on.
    expect(await times('2027-03-10')).toEqual([...morning, ...afternoon.filter((time) => !time.startsWith('15'))]);
    expect(await times('2027-03-26')).toEqual(morning);
  });

  it('takes a booking for written when the practice system has it, not when NexHealth has accepted it', async () => {
    const { id, sync, ...visit } = await written('2027-03-09', '13:00');
    expect([sync.reason, await foreignId(id)]).toEqual([null, String(ours(id).id)]);
    expect(office.countAt(placeOf(visit))).toBe(1);
    expect(emulator.requests.filter(({ method, path }) => method === 'POST' && path === '/appointments')).toHaveLength(
      1,
    );
    expect(await practice.status()).toMatchObject({ healthy: true });
  }, 60_000);

  it('hears the outcome by the message, however long the next look was put off', async () => {
    const { id } = await practice.book('2027-03-10', '13:00', patient);
    await pending(id);
    // Each look that finds nothing puts the next one off for longer.
    for (let looks = 2; looks <= 5; looks += 1) {
      clock.advance(2 * MINUTE);
      await practice.becomes(id, ({ sync }) => sync.attempts >= looks);
    }
    const before = clock.now();
    await cycle(id);
    await practice.synced(id, 'written');
    expect(clock.now() - before).toBeLessThan(20_000);
  }, 60_000);

  it('brings what the front desk does', async () => {
    const { id } = await written('2027-03-11', '13:00');
    const [start, end] = ['20:00', '20:30'].map((time) => `2027-03-11T${time}:00.000Z`);
    const key = String(ours(id)['foreign_id']);
    office.prompt = true;
    office.change(key, { start_time: start, end_time: end });
    await practice.becomes(id, ({ time }) => time.local === '2027-03-11T14:00');
    office.change(key, { cancelled: true });
    await practice.becomes(id, ({ status }) => status === 'cancelled');
    office.prompt = false;
  }, 60_000);

  it('writes what is changed here, and leaves a confirmation that cannot be taken back', async () => {
    const { id } = await written('2027-03-12', '13:00');
    await practice.confirm(id);
    await holds(id, 'confirmed', true);
    await practice.synced(id, 'written');
    await practice.reschedule(id, '2027-03-12', '15:00');
    await holds(id, 'start_time', '2027-03-12T21:00:00.000Z');
    expect(await practice.synced(id, 'written')).toMatchObject({ status: 'booked', sync: { reason: null } });
    expect(ours(id)['confirmed']).toBe(true);
    await practice.cancel(id);
    await holds(id, 'cancelled', true);
  }, 60_000);

  it('says when the front desk was quicker, with alternatives, and books the time that is chosen instead', async () => {
    const { id, ...visit } = await practice.book('2027-03-15', '13:00', patient);
    await pending(id);
    const refused = ours(id).id;
    office.enterAt(placeOf(visit));
    await cycle(id);
    const { sync } = await practice.synced(id, 'conflict');
    expect(sync.alternatives.length).toBeGreaterThan(0);

    await practice.reschedule(id, '2027-03-15', '15:00');
    await holds(id, 'start_time', '2027-03-15T20:00:00.000Z');
    expect(office.appointments.get(refused)?.['cancelled']).toBe(true);
    await pending(id);
    await cycle(id);
    await practice.synced(id, 'written');
    expect(await foreignId(id)).toBe(String(ours(id).id));
    expect(office.countAt(placeOf(visit))).toBe(1);
  }, 60_000);

  it('brings what NexHealth lists, and books a visit as the type that its reason stands for', async () => {
    const listed = await practice.listed();
    expect(Object.values(listed).map(([state]) => state)).toEqual(['read', 'read', 'read', 'read']);
    expect(listed['appointment_types']).toEqual(['read', 2]);
    await practice.standFor('Cleaning');
    const { id } = await written('2027-03-18', '13:00');
    expect(ours(id)).toMatchObject({ appointment_type_id: 27, descriptor_ids: [12] });
  }, 60_000);

  it('says that its key was withdrawn, and goes on with one that works', async () => {
    await emulator.fault('revoked_key');
    await until(
      () => practice.status(),
      ({ healthy, reasons }) => !healthy && reasons.includes('api_key_refused'),
    );
    await emulator.fault('none');
    await practice.run();
    await until(
      () => practice.status(),
      ({ healthy }) => healthy,
    );
  }, 60_000);
});
