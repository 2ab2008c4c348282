import { generateKeyPairSync } from 'node:crypto';
import { FhirEmulator } from '../plugins/pms-fhir/test/emulator/fhir-emulator.js';
import { FrontDesk } from '../plugins/pms-fhir/test/emulator/front-desk.js';
import { seed } from '../plugins/pms-fhir/test/emulator/seed.js';
import { CLIENT_ID, KEY_ID } from '../plugins/pms-fhir/test/emulator/token-endpoint.js';
import { pluginZone } from '../src/plugin-host/adapters/plugin-zone.js';
import { ConnectedPractice } from './harness/connected-practice.js';
import { ShiftingClock } from './harness/shifting-clock.js';
import { until } from './harness/until.js';

const ZONE = pluginZone('America/Chicago');
/** A Monday, 9:00 in Chicago. */
const NOW = Date.UTC(2027, 2, 8, 15);
const HALF_HOUR = 1_800_000;

/** A practice on a FHIR server: through the platform's API on one side, at the server's own screen on the other. */
describe.each([
  { kind: 'a plain FHIR server', operations: [], withSlots: true },
  { kind: 'a FHIR server with $book', operations: ['find', 'book', 'reschedule', 'cancel'] as const, withSlots: false },
])('a practice on $kind', ({ operations, withSlots }) => {
  let practice: ConnectedPractice;
  let server: FhirEmulator;
  let desk: FrontDesk;
  let patient: { id: string };

  const times = (date: string) => practice.times(date);
  const book = (date: string, time: string) => practice.book(date, time, patient);
  /** What the server holds under our reference. */
  const held = (id: string) => server.store.search('Appointment', [['identifier', `urn:openchair:appointment|${id}`]]);
  const placeAt = (date: string, time: string) => {
    const start = ZONE.toInstant(`${date}T${time}`);
    return { providerForeignId: '101', operatoryForeignId: 'r1', start, end: start + HALF_HOUR };
  };

  beforeAll(async () => {
    const clock = new ShiftingClock(NOW);
    const keys = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
    server = new FhirEmulator(clock, { zone: ZONE, operations, auth: { key: keys.publicKey } });
    await server.listen();
    seed(server.store, ZONE, withSlots);
    desk = new FrontDesk(server.store);
    const privateKey = keys.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const config = { baseUrl: server.baseUrl, auth: 'smart', clientId: CLIENT_ID, keyId: KEY_ID, privateKey };
    practice = await ConnectedPractice.open({
      pluginId: 'pms-fhir',
      config,
      clock,
      provider: '101',
      operatories: ['r1'],
    });
    const made = await practice.api.ok('GET', `/v1/connections/${practice.connectionId}`);
    expect(JSON.stringify(made)).not.toContain(privateKey.split('\n')[1]);
    patient = await practice.patient({ firstName: 'Iris', lastName: 'Holm' });
  }, 90_000);

  afterAll(async () => {
    await practice?.stop();
    await server?.stop();
  });

  it('offers what the server leaves free, on either side of the change to summer time', async () => {
    const free = ['10:00', '10:30', '11:00', '11:30', '13:00', '13:30', '14:30', '15:00', '15:30', '16:00', '16:30'];
    for (const date of ['2027-03-12', '2027-03-15']) expect([...(await times(date)).keys()]).toEqual(free);
    expect((await times('2027-03-14')).size).toBe(0);
  });

  it('writes a booking once, with its patient, and what becomes of it', async () => {
    const { id } = await book('2027-03-16', '10:30');
    await practice.synced(id, 'written');
    const [visit, ...more] = held(id);
    expect(more).toEqual([]);
    expect(visit).toMatchObject({
      status: 'booked',
      start: '2027-03-16T15:30:00.000Z',
      end: '2027-03-16T16:00:00.000Z',
    });
    const people = server.store.search('Patient', [['family', 'Holm']]).map((one) => `Patient/${one.id}`);
    expect(people).toHaveLength(1);
    expect(JSON.stringify(visit!.participant)).toContain(people[0]);
    await practice.reschedule(id, '2027-03-17', '15:00');
    await until(
      () => held(id)[0]!.start,
      (start) => start === '2027-03-17T20:00:00.000Z',
    );
    await practice.cancel(id);
    await until(
      () => held(id)[0]!.status,
      (now) => now === 'cancelled',
    );
    await until(
      () => times('2027-03-17'),
      (shown) => shown.has('15:00'),
    );
  }, 60_000);

  it('brings what the server lists and says what it does not; visits bear the procedures of their type', async () => {
    const { carriers, appointment_types: types, ...others } = await practice.listed();
    expect([carriers![0], types![0]]).toEqual(['read', 'read']);
    expect(others).toEqual({ procedure_codes: ['not_offered', 0], recalls: ['not_offered', 0] });
    const asked = await practice.api.post(`/v1/sync/connections/${practice.connectionId}/run`, { kind: 'recalls' });
    expect([asked.status, asked.body.code]).toEqual([422, 'unprocessable']);
    await practice.standFor('Cleaning');
    const { id } = await book('2027-03-12', '16:00');
    await practice.synced(id, 'written');
    expect(JSON.stringify(held(id)[0]!['serviceType'])).toContain('D1110');
  }, 60_000);

  it('brings what the front desk does', async () => {
    const { id } = await book('2027-03-18', '10:30');
    await practice.synced(id, 'written');
    const { id: foreignId } = held(id)[0]!;
    const theirs = desk.enter(placeAt('2027-03-18', '15:00'));
    await until(
      () => times('2027-03-18'),
      (shown) => !shown.has('15:00') && shown.has('15:30'),
    );
    desk.cancel(theirs.id);
    const [start, end] = ['2027-03-18T21:00:00+00:00', '2027-03-18T21:30:00+00:00'];
    desk.change('Appointment', foreignId, { start, end });
    await practice.becomes(id, ({ time }) => time.local.endsWith('T16:00'));
    desk.change('Appointment', foreignId, { status: 'noshow' });
    await practice.becomes(id, (now) => now.status === 'no_show');
  }, 60_000);

  it('says when the front desk was faster, with other times', async () => {
    await server.fault('down');
    const { id } = await book('2027-03-19', '10:30');
    await practice.becomes(id, ({ sync, status: now }) => sync.attempts > 0 || now === 'requested');
    const theirs = desk.enter(placeAt('2027-03-19', '10:30'));
    await server.fault('none');
    if ((await practice.appointment(id)).status === 'requested')
      await practice.api.ok('POST', `/v1/appointments/${id}/approve`);
    const { sync } = await practice.synced(id, 'conflict');
    expect(sync.alternatives.length).toBeGreaterThan(0);
    expect(held(id)).toEqual([]);
    expect(desk.at(placeAt('2027-03-19', '10:30')).map((visit) => visit.id)).toEqual([theirs.id]);
    // The front desk makes room: ours is written after all.
    desk.cancel(theirs.id);
    await practice.synced(id, 'written');
    expect(held(id)).toMatchObject([{ status: 'booked' }]);
  }, 60_000);

  it('says what is wrong when its key is withdrawn, and goes on with one that works', async () => {
    await server.fault('revoked_key');
    await until(
      () => practice.status(),
      ({ healthy, reasons }) => !healthy && reasons.includes('forbidden'),
    );
    await server.fault('none');
    await practice.run();
    await until(
      () => practice.status(),
      ({ healthy }) => healthy,
    );
  }, 60_000);
});
