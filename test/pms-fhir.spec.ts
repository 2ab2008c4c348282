import { generateKeyPairSync } from 'node:crypto';
import { FhirEmulator } from '../plugins/pms-fhir/test/emulator/fhir-emulator.js';
import { FrontDesk } from '../plugins/pms-fhir/test/emulator/front-desk.js';
import { seed } from '../plugins/pms-fhir/test/emulator/seed.js';
import { CLIENT_ID, KEY_ID } from '../plugins/pms-fhir/test/emulator/token-endpoint.js';
import { pluginZone } from '../src/plugin-host/adapters/plugin-zone.js';
import type { Api, ApiAnswer } from './harness/api.js';
import { ShiftingClock } from './harness/shifting-clock.js';
import { location, Tenancy } from './harness/tenants.js';
import { until } from './harness/until.js';

type Json = ApiAnswer['body'];

const ZONE = pluginZone('America/Chicago');
/** A Monday, 9:00 in Chicago. */
const NOW = Date.UTC(2027, 2, 8, 15);
const HALF_HOUR = 1_800_000;

/** A practice on a FHIR server: through the platform's API on one side, at the server's own screen on the other. */
describe.each([
  { kind: 'a plain FHIR server', operations: [], withSlots: true },
  { kind: 'a FHIR server with $book', operations: ['find', 'book', 'reschedule', 'cancel'] as const, withSlots: false },
])('a practice on $kind', ({ operations, withSlots }) => {
  let tenancy: Tenancy;
  let practice: Api;
  let server: FhirEmulator;
  let desk: FrontDesk;
  let reasonId: string;
  let patientId: string;
  let connectionId: string;

  const foreignIdsOf = async (path: string) => {
    const { data } = (await practice.ok('GET', path)) as { data: Json[] };
    return new Map(data.map(({ id, foreign }) => [foreign?.foreignId as string, id as string]));
  };
  /** Wall times of a day's slots. */
  const times = async (date: string): Promise<Map<string, Json>> => {
    const { days } = await practice.ok('GET', `/v1/availability?reasonId=${reasonId}&from=${date}&days=1`);
    const slots = (days as Json[]).flatMap((day) => day.slots as Json[]);
    return new Map(slots.map((slot) => [slot.local.slice(11) as string, slot]));
  };
  const appointment = (id: string) => practice.ok('GET', `/v1/appointments/${id}`);
  const status = () => practice.ok('GET', `/v1/sync/connections/${connectionId}`);
  const book = async (date: string, time: string): Promise<Json> => {
    const slot = (await times(date)).get(time);
    if (!slot) throw new Error(`no slot on ${date} at ${time}`);
    return practice.ok('POST', '/v1/appointments', { slotId: slot.id, patientId, patientType: 'new' });
  };
  const synced = (id: string, state: string) =>
    until(
      () => appointment(id),
      ({ sync }) => sync.state === state,
    );
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
    tenancy = await Tenancy.start({ clock, env: { SYNC_POLL_SECONDS: '1' } });
    const agency = await tenancy.agency();
    practice = agency.admin.api.in(await tenancy.practice(agency));
    await practice.ok('POST', '/v1/locations', location({ hours: [] }));
    const privateKey = keys.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const config = { baseUrl: server.baseUrl, auth: 'smart', clientId: CLIENT_ID, keyId: KEY_ID, privateKey };
    const made = await practice.ok('POST', '/v1/connections', { pluginId: 'pms-fhir', name: 'Our server', config });
    connectionId = made.id;
    expect(JSON.stringify(made)).not.toContain(privateKey.split('\n')[1]);
    await until(status, ({ phase, healthy }) => phase === 'live' && healthy);
    const [people, rooms] = [await foreignIdsOf('/v1/providers'), await foreignIdsOf('/v1/operatories')];
    await practice.ok('PATCH', `/v1/providers/${people.get('101')}`, { active: true });
    const reason = { name: 'Exam', durationMinutes: 30, stepMinutes: 30, minNoticeMinutes: 0, patientTypes: ['new'] };
    const places = { providerIds: [people.get('101')], operatoryIds: [rooms.get('r1')] };
    const patient = { firstName: 'Iris', lastName: 'Holm', dateOfBirth: '1990-04-23', email: 'iris.holm@example.com' };
    patientId = (await practice.ok('POST', '/v1/patients', patient)).id;
    reasonId = (await practice.ok('POST', '/v1/reasons', { ...reason, ...places })).id;
  }, 90_000);

  afterAll(async () => {
    await tenancy?.running.stop();
    await server?.stop();
  });

  it('offers what the server leaves free, on either side of the change to summer time', async () => {
    const free = ['10:00', '10:30', '11:00', '11:30', '13:00', '13:30', '14:30', '15:00', '15:30', '16:00', '16:30'];
    for (const date of ['2027-03-12', '2027-03-15']) expect([...(await times(date)).keys()]).toEqual(free);
    expect((await times('2027-03-14')).size).toBe(0);
  });

  it('writes a booking once, with its patient, and what becomes of it', async () => {
    const { id } = await book('2027-03-16', '10:30');
    await synced(id, 'written');
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
    const target = (await times('2027-03-17')).get('15:00');
    await practice.ok('POST', `/v1/appointments/${id}/reschedule`, { slotId: target.id });
    await until(
      () => held(id)[0]!.start,
      (start) => start === '2027-03-17T20:00:00.000Z',
    );
    await practice.ok('POST', `/v1/appointments/${id}/cancel`, { reason: 'patient_request' });
    await until(
      () => held(id)[0]!.status,
      (now) => now === 'cancelled',
    );
    await until(
      () => times('2027-03-17'),
      (shown) => shown.has('15:00'),
    );
  }, 60_000);

  it('brings what the front desk does', async () => {
    const { id } = await book('2027-03-18', '10:30');
    await synced(id, 'written');
    const { id: foreignId } = held(id)[0]!;
    const theirs = desk.enter(placeAt('2027-03-18', '15:00'));
    await until(
      () => times('2027-03-18'),
      (shown) => !shown.has('15:00') && shown.has('15:30'),
    );
    desk.cancel(theirs.id);
    const [start, end] = ['2027-03-18T21:00:00+00:00', '2027-03-18T21:30:00+00:00'];
    desk.change('Appointment', foreignId, { start, end });
    await until(
      () => appointment(id),
      ({ time }) => time.local.endsWith('T16:00'),
    );
    desk.change('Appointment', foreignId, { status: 'noshow' });
    await until(
      () => appointment(id),
      (now) => now.status === 'no_show',
    );
  }, 60_000);

  it('says when the front desk was faster, with other times', async () => {
    await server.fault('down');
    const { id } = await book('2027-03-19', '10:30');
    await until(
      () => appointment(id),
      ({ sync, status: now }) => sync.attempts > 0 || now === 'requested',
    );
    const theirs = desk.enter(placeAt('2027-03-19', '10:30'));
    await server.fault('none');
    if ((await appointment(id)).status === 'requested') await practice.ok('POST', `/v1/appointments/${id}/approve`);
    const { sync } = await synced(id, 'conflict');
    expect(sync.alternatives.length).toBeGreaterThan(0);
    expect(held(id)).toEqual([]);
    expect(desk.at(placeAt('2027-03-19', '10:30')).map((visit) => visit.id)).toEqual([theirs.id]);
    // The front desk makes room: ours is written after all.
    desk.cancel(theirs.id);
    await synced(id, 'written');
    expect(held(id)).toMatchObject([{ status: 'booked' }]);
  }, 60_000);

  it('says what is wrong when its key is withdrawn, and goes on with one that works', async () => {
    await server.fault('revoked_key');
    await until(status, ({ healthy, reasons }) => !healthy && reasons.includes('forbidden'));
    await server.fault('none');
    await practice.ok('POST', `/v1/sync/connections/${connectionId}/run`, { kind: 'all' });
    await until(status, ({ healthy }) => healthy);
  }, 60_000);
});
