import { testZone } from '@openchair/plugin-kit/conformance';
import type { Row } from '../plugins/pms-opendental/test/office.js';
import { OpenDentalEmulator } from '../plugins/pms-opendental/test/opendental-emulator.js';
import { SECRETS, seedOffice, workdays } from '../plugins/pms-opendental/test/seed.js';
import { Persistence } from '../src/persistence/index.js';
import type { ApiAnswer } from './harness/api.js';
import { ConnectedPractice } from './harness/connected-practice.js';
import { until } from './harness/until.js';

type Json = ApiAnswer['body'];

const KEYS = { developerKey: 'developer-key-of-the-spec', customerKey: 'customer-key-of-the-spec' };
const DAY = 86_400_000;

/** A practice that connects to an emulated Open Dental office, through the API alone. */
describe('a practice that uses Open Dental', () => {
  const zone = testZone('America/Chicago');
  const emulator = new OpenDentalEmulator({ now: () => Date.now() }, zone, KEYS);
  const { office } = emulator;
  const dateAt = (instant: number) => zone.toLocal(instant).slice(0, 10);
  const days = workdays(dateAt(Date.now() + DAY), dateAt(Date.now() + 40 * DAY));

  let practice: ConnectedPractice;

  const times = async (date: string) => [...(await practice.times(date)).keys()];
  /** A booking of somebody who is new. */
  const book = async (date: string, time: string): Promise<Json> => {
    const patient = await practice.patient({ phone: '+13125550143' });
    return { ...(await practice.book(date, time, patient)), patient };
  };
  /** The visits of the office that bear our reference. */
  const written = (id: string): Row[] =>
    office.rows('appointments').filter(({ Note }) => String(Note).includes(`OpenChair: ${id}`));
  const change = (id: string, changes: Row) =>
    office.update('appointments', Number(written(id)[0]!['AptNum']), changes);

  beforeAll(async () => {
    await emulator.listen();
    seedOffice(office, days[0]!, days.at(-1)!);
    const config = { ...KEYS, baseUrl: emulator.baseUrl };
    practice = await ConnectedPractice.open({
      pluginId: 'pms-opendental',
      config,
      provider: '1',
      operatories: ['1', '2'],
    });
  }, 90_000);

  afterAll(async () => {
    await practice.stop();
    await emulator.stop();
  });

  it('has its people and rooms, and nothing that they would not want to be known', async () => {
    const people = await practice.api.ok('GET', '/v1/providers');
    const rooms = await practice.api.ok('GET', '/v1/operatories');
    expect(people.data.map(({ lastName }: Json) => lastName).sort()).toEqual(['Albert', 'Jones', 'Lexington']);
    expect(rooms.data).toHaveLength(4);
    const { db } = practice.running.app.get(Persistence).connection;
    const kept = await Promise.all(
      (await db!.collections()).map(async (collection) => JSON.stringify(await collection.find().toArray())),
    );
    for (const secret of [...SECRETS, ...Object.values(KEYS)])
      expect(kept.some((rows) => rows.includes(secret))).toBe(false);
    const seen = await practice.api.ok('GET', `/v1/connections/${practice.connectionId}`);
    expect(JSON.stringify(seen)).not.toContain(KEYS.customerKey);
  });

  it('offers the hours of the office less its blockouts and visits', async () => {
    const afternoon = ['13:00', '13:30', '14:00', '14:30', '15:00', '15:30', '16:00', '16:30'];
    const morning = ['09:00', '09:30', '10:00', '10:30'];
    expect(await times(days[2]!)).toEqual([...morning, ...afternoon]);
    // A meeting of everybody at four.
    expect(await times(days[4]!)).toEqual([...morning, ...afternoon.slice(0, -2)]);
    expect(emulator.requests.some(({ path }) => path.includes('Slots'))).toBe(false);
  });

  it('writes a booking once, with its patient, and takes over what the front desk makes of it', async () => {
    const { id, patient } = await book(days[6]!, '14:00');
    await practice.synced(id, 'written');
    const [row, ...more] = written(id);
    expect(more).toEqual([]);
    expect(row).toMatchObject({
      AptDateTime: `${days[6]} 14:00:00`,
      AptStatus: 'Scheduled',
      Pattern: 'XXXXXX',
      ProvNum: 1,
    });
    const person = office.find('patients', Number(row!['PatNum']));
    expect(person).toMatchObject({
      LName: patient.lastName,
      Birthdate: patient.dateOfBirth,
      WirelessPhone: '(312)555-0143',
    });

    change(id, { AptDateTime: `${days[7]} 15:30:00` });
    await practice.becomes(id, ({ time }) => time.local === `${days[7]}T15:30`);
    change(id, { confirmed: 'Appointment Confirmed' });
    await practice.becomes(id, ({ status: now }) => now === 'confirmed');
    change(id, { AptStatus: 'Broken' });
    await practice.becomes(id, ({ status: now }) => now === 'cancelled');
    expect(await times(days[7]!)).toContain('15:30');
  }, 60_000);

  it('writes what is changed here: moved, confirmed, cancelled', async () => {
    const { id } = await book(days[8]!, '14:00');
    await practice.synced(id, 'written');
    await practice.reschedule(id, days[9]!, '15:00');
    const rowOf = () => written(id)[0]!;
    await until(rowOf, ({ AptDateTime }) => AptDateTime === `${days[9]} 15:00:00`);
    await practice.confirm(id);
    await until(rowOf, ({ confirmed }) => confirmed === 'Appointment Confirmed');
    await practice.cancel(id);
    await until(rowOf, ({ AptStatus }) => AptStatus === 'UnschedList');
    await practice.synced(id, 'written');
    expect(written(id)).toHaveLength(1);
  }, 60_000);

  it('tells the front desk in the note what was changed here, below what stands there', async () => {
    const { id } = await book(days[8]!, '16:00');
    await practice.synced(id, 'written');
    const note = () => String(written(id)[0]!['Note']).split('\n');
    change(id, { Note: `${note().join('\n')}\nNervous: call her the day before.` });
    await practice.reschedule(id, days[9]!, '16:00');
    await until(note, (lines) => lines.some((line) => line.startsWith('Moved')));
    await practice.cancel(id);
    await until(note, (lines) => lines.some((line) => line.startsWith('Cancelled')));
    expect(note()).toEqual([
      `OpenChair: ${id}`,
      'Nervous: call her the day before.',
      expect.stringContaining(`(was ${days[8]} 16:00).`),
      expect.stringMatching(/^Cancelled by the practice in online scheduling, .+\. Reason: the patient's wish\.$/),
    ]);
  }, 60_000);

  it('moves a visit whose note cannot be written, and says so in the log', async () => {
    const { id } = await book(days[12]!, '16:00');
    await practice.synced(id, 'written');
    emulator.locksNotes = true;
    await practice.reschedule(id, days[13]!, '16:00');
    const entries = await until(
      async () => (await practice.api.ok('GET', `/v1/sync/connections/${practice.connectionId}/log`)).data as Json[],
      (all) => all.some(({ kind }) => kind === 'note'),
    );
    emulator.locksNotes = false;
    expect(entries.find(({ kind }) => kind === 'note')).toMatchObject({ ok: false, appointmentId: id });
    expect(await practice.appointment(id)).toMatchObject({
      status: 'booked',
      sync: { state: 'written', reason: null },
    });
    expect(await practice.status()).toMatchObject({ healthy: true });
  }, 60_000);

  it('does not double a visit whose acknowledgement was lost', async () => {
    await emulator.fault('lose_acknowledgement');
    const { id } = await book(days[10]!, '14:00');
    await practice.becomes(id, ({ sync }) => sync.attempts > 0);
    await emulator.fault('none');
    await practice.synced(id, 'written');
    expect(written(id)).toHaveLength(1);
    const { PatNum } = written(id)[0]!;
    const { LName } = office.find('patients', Number(PatNum))!;
    expect(office.rows('patients').filter((row) => row['LName'] === LName)).toHaveLength(1);
  }, 60_000);

  it('says when the front desk has given the same time away, with alternatives', async () => {
    await emulator.fault('down');
    const { id } = await book(days[11]!, '14:00');
    await practice.becomes(id, ({ sync }) => sync.attempts > 0 || sync.state === 'none');
    const theirs = office.enter({
      PatNum: 9,
      Op: 1,
      ProvNum: 1,
      AptDateTime: `${days[11]} 14:00:00`,
      Pattern: 'XXXXXX',
    });
    await emulator.fault('none');
    if ((await practice.appointment(id)).status === 'requested')
      await practice.api.ok('POST', `/v1/appointments/${id}/approve`);
    const { sync } = await practice.synced(id, 'conflict');
    expect(sync.alternatives.length).toBeGreaterThan(0);
    // They make room again.
    office.update('appointments', Number(theirs['AptNum']), { AptStatus: 'Broken' });
    await practice.synced(id, 'written');
    expect(written(id)).toHaveLength(1);
  }, 90_000);

  it('has what the office lists, and its visits are of the type that their reason stands for', async () => {
    const { recalls, ...others } = await practice.listed();
    expect(others).toEqual({ carriers: ['read', 3], appointment_types: ['read', 3], procedure_codes: ['read', 3] });
    expect(recalls![0]).toBe('read');
    expect(recalls![1]).toBeGreaterThan(10);
    await practice.standFor('Emergency');
    const { id } = await book(days[13]!, '14:00');
    await practice.synced(id, 'written');
    expect(written(id)).toMatchObject([{ AppointmentTypeNum: 2, ProcDescript: 'D0140' }]);
  }, 60_000);

  it('takes events for hints, from the office alone', async () => {
    const send = (authorization: string) =>
      fetch(`${practice.running.baseUrl}/v1/hooks/${practice.connectionId}`, {
        method: 'POST',
        headers: { authorization, 'event-type': 'WatchTable: Appointment', 'content-type': 'application/json' },
        body: JSON.stringify([{ AptNum: 1, DateTStamp: office.wallTime }]),
      });
    expect((await send(KEYS.customerKey)).status).toBe(200);
    expect((await send('another-key')).status).toBe(401);
  });

  it.each([
    ['wrong_key', 'unauthorized'],
    ['revoked_key', 'unauthorized'],
    ['malformed_json', 'malformed_json'],
    ['truncated', 'connection_broken'],
    ['html', 'html_instead_of_json'],
    ['odd_json', 'unexpected_answer'],
    ['huge', 'response_too_large'],
    ['gateway_timeout', 'http_504'],
  ] as const)(
    'says why it does not hear from the office (%s), loses nothing, and goes on afterwards',
    async (fault, why) => {
      const free = await times(days[2]!);
      await emulator.fault(fault);
      await practice.run();
      const troubled = await until(
        () => practice.status(),
        ({ healthy, reasons }) => !healthy && reasons.includes(why),
      );
      expect(JSON.stringify(troubled)).not.toContain(KEYS.customerKey);
      expect(await times(days[2]!)).toEqual(free);
      await emulator.fault('none');
      await practice.run();
      await until(
        () => practice.status(),
        ({ healthy }) => healthy,
      );
      expect(await times(days[2]!)).toEqual(free);
    },
  );
});
