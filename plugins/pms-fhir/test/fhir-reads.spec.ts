import type { PmsBlockout, PmsHours, PmsScheduleRecord } from '@openchair/plugin-kit';
import { call, fails, readAll, testZone } from '@openchair/plugin-kit/conformance';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import plugin from '../src/index.js';
import { wallSpans } from '../src/read/wall.js';
import { type FhirStand, OPERATIONS, type StandOptions, startFhirStand } from './stand.js';

const CHICAGO = testZone('America/Chicago');
const at = (local: string) => CHICAGO.toInstant(local);
const iso = (local: string) => new Date(at(local)).toISOString();
const VISIT = { providerForeignId: '101', operatoryForeignId: 'r1' };

describe('what is read of a FHIR server', () => {
  let stand: FhirStand;
  const begin = async (options: StandOptions = {}) => (stand = await startFhirStand(options));
  afterEach(() => stand.stop());

  const visitsOn = (from: string, to = from) =>
    readAll((next) => stand.adapter.pullAppointments!(call(), { from, to, ...next }));
  const scheduleOn = (from: string, to = from) =>
    readAll((next) => stand.adapter.pullSchedules!(call(), { from, to, ...next }));
  const hoursOf = (records: readonly PmsScheduleRecord[], provider: string) =>
    records.filter((one): one is PmsHours => one.kind === 'hours' && one.providerForeignId === provider);
  const blockoutsIn = (records: readonly PmsScheduleRecord[]) =>
    records.filter((one): one is PmsBlockout => one.kind === 'blockout');

  it('tells statuses in the words of the kit: what holds no time is cancelled', async () => {
    await begin();
    const table = {
      proposed: 'cancelled',
      waitlist: 'cancelled',
      pending: 'scheduled',
      booked: 'scheduled',
      arrived: 'arrived',
      'checked-in': 'arrived',
      fulfilled: 'completed',
      cancelled: 'cancelled',
      noshow: 'missed',
      'entered-in-error': 'deleted',
    };
    const place = { ...VISIT, start: at('2027-03-20T10:00'), end: at('2027-03-20T10:30') };
    const ids = new Map(Object.keys(table).map((status) => [stand.desk.enter(place, { more: { status } }).id, status]));
    const visits = await visitsOn('2027-03-20');
    expect(Object.fromEntries(visits.map(({ foreignId, status }) => [ids.get(foreignId), status]))).toEqual(table);
  });

  it('reads instants with any offset, lengths in minutes, and leaves out what has no time', async () => {
    await begin();
    const place = { ...VISIT, start: at('2027-03-20T10:00'), end: at('2027-03-20T10:30') };
    const enter = (more: object) => stand.desk.enter(place, { more }).id;
    const far = enter({ start: '2027-03-20T20:00:00+05:00', end: '2027-03-20T20:45:30+05:00' });
    const role = enter({
      participant: [
        { actor: { reference: 'PractitionerRole/role-2' }, status: 'accepted' },
        { actor: { reference: 'Location/site' }, status: 'accepted' },
      ],
    });
    stand.emulator.store.create({
      resourceType: 'Appointment',
      status: 'proposed',
      participant: [{ actor: { reference: 'Patient/p1' }, status: 'needs-action' }],
    });
    const visits = await visitsOn('2027-03-20');
    expect(visits.find(({ foreignId }) => foreignId === far)).toMatchObject({
      start: at('2027-03-20T10:00'),
      end: at('2027-03-20T10:46'),
      confirmed: true,
    });
    // A role stands for its person; the building is no chair; nobody is the patient.
    expect(visits.find(({ foreignId }) => foreignId === role)).toMatchObject({
      providerForeignId: '102',
      operatoryForeignId: '',
      patientForeignId: '',
      confirmed: false,
    });
    expect(visits).toHaveLength(2);
  });

  it('reads people: current names, roles from codes, contacts in order, days of birth only when whole', async () => {
    await begin();
    const providers = await readAll((next) => stand.adapter.pullProviders!(call(), next));
    expect(providers).toMatchObject([
      {
        foreignId: '101',
        firstName: 'Robin',
        lastName: 'Vale',
        role: 'dentist',
        operatoryForeignIds: ['r1', 'r2'],
        abbreviation: 'RVA',
        active: true,
      },
      { foreignId: '102', role: 'hygienist', operatoryForeignIds: ['r2'], email: 'jo.marsh@practice.example.com' },
      { foreignId: '103', role: 'other', operatoryForeignIds: [], active: false },
    ]);
    const [rooms, types, carriers] = await Promise.all([
      stand.adapter.pullOperatories!(call(), {}),
      stand.adapter.pullAppointmentTypes!(call(), {}),
      stand.adapter.pullCarriers!(call(), {}),
    ]);
    expect(rooms.records.map(({ name, hygiene, order }) => [name, hygiene, order])).toEqual([
      ['Operatory 1', false, 0],
      ['Hygiene 1', true, 1],
    ]);
    expect(types.records).toMatchObject([
      { name: 'Cleaning', minutes: 60, procedureCodes: ['D1110', 'D0120'] },
      { name: 'Exam', minutes: 30 },
    ]);
    expect(carriers.records).toEqual([
      { foreignId: 'ins-1', name: 'Bluewater Dental', payerId: 'BW101', active: true },
      { foreignId: 'ins-2', name: 'Evergreen Benefit', active: true },
    ]);
    const telecom = [
      { system: 'phone', value: '020 7946 0000', use: 'old' },
      { system: 'phone', value: '202-555-0100', use: 'home' },
      { system: 'phone', value: '+44 20 7946 0958', use: 'mobile' },
    ];
    stand.desk.change('Patient', 'p1', { telecom, name: [{ text: 'Maria de la Cruz' }] });
    stand.desk.change('Patient', 'p2', { deceasedBoolean: true });
    const patients = await readAll((next) => stand.adapter.pullPatients!(call(), next));
    const find = (id: string) => patients.find(({ foreignId }) => foreignId === id);
    expect(find('p1')).toMatchObject({
      firstName: 'Maria de la',
      lastName: 'Cruz',
      phone: '+442079460958',
      active: true,
    });
    expect([find('p2')?.active, find('p3')?.phone, find('p9')?.dateOfBirth]).toEqual([
      false,
      '+12025551003',
      undefined,
    ]);
  });

  it('puts hours on the practice’s clock, before and after the change to summer time', async () => {
    await begin();
    const records = await scheduleOn('2027-03-12', '2027-03-15');
    const whole = [
      { start: '09:00', end: '12:00' },
      { start: '13:00', end: '17:00' },
    ];
    expect(hoursOf(records, '101').map(({ date, intervals }) => [date, intervals])).toEqual([
      ['2027-03-12', whole],
      ['2027-03-15', whole],
    ]);
    expect(hoursOf(records, '102')).toMatchObject([{ operatoryForeignId: 'r2' }, { operatoryForeignId: 'r2' }]);
    // Every busy Slot there has its visit: nothing more is set apart.
    expect(blockoutsIn(records)).toEqual([]);
    expect((await visitsOn('2027-03-15')).map(({ start }) => CHICAGO.toLocal(start).slice(11)).sort()).toEqual([
      '09:00',
      '10:00',
      '14:00',
    ]);
  });

  it('takes for set apart what is unavailable, however long, and what is busy for no visit it knows', async () => {
    await begin();
    const { desk, emulator } = stand;
    desk.block('s-101', at('2027-03-01T08:00'), at('2027-03-22T00:00'), { appointmentType: { text: 'Leave' } });
    desk.block('s-r1', at('2027-03-22T22:00'), at('2027-03-23T09:30'));
    emulator.store.create({
      resourceType: 'Slot',
      status: 'busy',
      schedule: { reference: 'Schedule/s-101' },
      start: iso('2027-03-23T09:30'),
      end: iso('2027-03-23T11:00'),
    });
    const blockouts = blockoutsIn(await scheduleOn('2027-03-21', '2027-03-23')).map(
      ({ foreignId: _id, kind: _kind, ...one }) => one,
    );
    expect(blockouts).toEqual([
      // The visit from 9 to 10 explains a half hour of it.
      { type: 'Busy', providerForeignId: '101', date: '2027-03-23', start: '10:00', end: '11:00' },
      { type: 'Leave', providerForeignId: '101', date: '2027-03-21', start: '00:00', end: '24:00' },
      { type: 'Unavailable', operatoryForeignId: 'r1', date: '2027-03-22', start: '22:00', end: '24:00' },
      { type: 'Unavailable', operatoryForeignId: 'r1', date: '2027-03-23', start: '00:00', end: '09:30' },
    ]);
    // A day that is read alone tells the same of itself.
    expect(blockoutsIn(await scheduleOn('2027-03-23'))).toHaveLength(2);
  });

  it('tells free time shorter and taken time longer where a wall time comes twice', () => {
    const [first, second] = [Date.UTC(2027, 10, 7, 6, 30), Date.UTC(2027, 10, 7, 7, 30)];
    expect([first, second].map((instant) => CHICAGO.toLocal(instant))).toEqual([
      '2027-11-07T01:30',
      '2027-11-07T01:30',
    ]);
    const spans = (kind: 'open' | 'closed', start: number, end: number) =>
      wallSpans(CHICAGO, start, end, kind).map(({ start: from, end: to }) => `${from}-${to}`);
    const four = Date.UTC(2027, 10, 7, 10);
    expect([spans('open', first, four), spans('open', second, four)]).toEqual([['01:30-04:00'], ['02:00-04:00']]);
    expect([spans('closed', first, second), spans('open', first, second)]).toEqual([['01:30-02:00'], []]);
    expect(spans('closed', at('2027-11-06T22:00'), second)).toEqual(['22:00-24:00', '00:00-02:00']);
    const spring = spans('open', at('2027-03-14T00:00'), at('2027-03-15T00:00'));
    expect(spring).toEqual(['00:00-24:00']);
    expect(spans('open', at('2027-03-14T09:00') + 1, at('2027-03-14T10:00') - 1)).toEqual(['09:01-09:59']);
  });

  it('reads hours that Schedules imply: their own before those of their services, within their horizon', async () => {
    await begin({ alg: 'ES384', operations: OPERATIONS, withSlots: false });
    const parameters = (...inner: object[]) => ({
      url: 'https://medplum.com/fhir/StructureDefinition/SchedulingParameters',
      extension: inner,
    });
    const of = (id: string) => ({ url: 'service', valueReference: { reference: `HealthcareService/${id}` } });
    const open = (days: string[], start: string, end: string) => ({
      url: 'availability',
      extension: [
        {
          url: 'availableTime',
          extension: [
            ...days.map((valueCode) => ({ url: 'daysOfWeek', valueCode })),
            { url: 'availableStartTime', valueTime: start },
            { url: 'availableEndTime', valueTime: end },
          ],
        },
      ],
    });
    stand.desk.change('Schedule', 's-101', {
      planningHorizon: { start: '2027-03-22T00:00:00-05:00', end: '2027-03-24T23:00:00-05:00' },
      extension: [
        parameters(of('exam'), open(['tue'], '20:00:00', '02:00:00')),
        parameters(of('cleaning'), open(['mon'], '08:00:00', '12:00:00')),
      ],
    });
    stand.desk.change('Schedule', 's-102', {
      extension: [
        parameters(
          of('exam'),
          { url: 'timezone', valueCode: 'America/New_York' },
          open(['mon'], '08:00:00', '20:00:00'),
        ),
      ],
    });
    const records = await scheduleOn('2027-03-15', '2027-03-31');
    expect(hoursOf(records, '101').map(({ date, intervals }) => [date, intervals])).toEqual([
      ['2027-03-22', [{ start: '08:00', end: '12:00' }]],
      ['2027-03-23', [{ start: '20:00', end: '24:00' }]],
      ['2027-03-24', [{ start: '00:00', end: '02:00' }]],
    ]);
    // Its own hours for one service are of another zone and left out, which the log says; those of the other service stand.
    expect(hoursOf(records, '102').find(({ date }) => date === '2027-03-22')?.intervals).toEqual([
      { start: '09:00', end: '12:00' },
      { start: '13:00', end: '17:00' },
    ]);
    expect(stand.lines.filter((line) => line.includes('another zone'))).toHaveLength(1);
  });

  it.each([
    ['another host', 'foreign_address', () => 'https://elsewhere.example.com/fhir/r4?page=2'],
    [
      'another practice of the same host',
      'foreign_address',
      (url: string) => url.replace('/fhir/r4', '/fhir/r4-other'),
    ],
    ['nowhere', 'foreign_address', () => 'http://'],
  ])('does not take its token to a next page on %s', async (_where, reason, nextLink) => {
    await begin({ nextLink });
    expect((await fails(visitsOn('2027-03-08', '2027-05-06'), 'rejected', stand.secrets)).reason).toBe(reason);
  });

  it('does not go round in circles, and follows relative links', async () => {
    let seen = '';
    await begin({ nextLink: (url) => (seen ||= url) });
    expect((await fails(visitsOn('2027-03-08', '2027-05-06'), 'retryable')).reason).toBe('paging_stands_still');
    await stand.stop();
    await begin({ nextLink: (url) => new URL(url).pathname + new URL(url).search });
    expect((await visitsOn('2027-03-08', '2027-05-06')).length).toBeGreaterThan(100);
    await fails(
      stand.adapter.pullAppointments!(call(), { from: '2027-03-08', to: '2027-03-09', cursor: 'b2gh' }),
      'rejected',
    );
  });

  it('believes no server that passes over what it was asked for', async () => {
    await begin({ deafTo: ['identifier', 'date', '_lastUpdated', 'birthdate', 'family', 'given', '_sort'] });
    const { adapter, newcomer, deps } = stand;
    expect(await adapter.findByOurReference!(call(), 'apt_1')).toBeNull();
    expect((await adapter.findOrCreatePatient!(call(), newcomer)).created).toBe(true);
    expect((await visitsOn('2027-03-15')).length).toBe(3);
    const changes = await readAll((next) => adapter.pullPatients!(call(), { ...next, updatedSince: deps.clock.now() }));
    expect(changes.map(({ lastName }) => lastName)).toEqual([newcomer.lastName]);
  });

  it('takes what bears no date of its last change for changed', async () => {
    await begin();
    const undated: typeof fetch = async (url, init) => {
      const answer = await fetch(url, init);
      return new Response((await answer.text()).replaceAll('"lastUpdated"', '"seen"'), answer);
    };
    const adapter = plugin.create(stand.config, { ...stand.deps, fetch: undated });
    const query = { from: '2027-03-15', to: '2027-03-15' };
    const { asOf } = await adapter.pullAppointments!(call(), query);
    expect((await adapter.pullAppointments!(call(), { ...query, updatedSince: asOf })).records).toEqual([]);
    stand.desk.enter({ ...VISIT, start: at('2027-03-15T15:00'), end: at('2027-03-15T15:30') });
    expect((await adapter.pullAppointments!(call(), { ...query, updatedSince: asOf })).records).toHaveLength(1);
  });

  it('makes nothing of resources of another shape than FHIR gives them', async () => {
    await begin();
    const spoilt: typeof fetch = async (url, init) => {
      const answer = await fetch(url, init);
      return new Response(
        (await answer.text()).replaceAll(/"(participant|name|telecom|actor)":\[/g, '"$1":7,"_":['),
        answer,
      );
    };
    const adapter = plugin.create(stand.config, { ...stand.deps, fetch: spoilt });
    const [week, day] = ['2027-03-19', '2027-03-15'];
    const reads = [
      () => adapter.pullAppointments!(call(), { from: day, to: week }),
      () => adapter.pullPatients!(call(), {}),
      () => adapter.pullSchedules!(call(), { from: day, to: day }),
    ];
    for (const read of reads) expect((await fails(read(), 'retryable')).reason).toBe('unexpected_answer');
    // Of so few nobody can say whether the server is to blame.
    const { records, unreadable } = await adapter.pullProviders!(call(), {});
    expect(records).toEqual([]);
    expect(unreadable).toContainEqual({ foreignId: '101', field: 'record', reason: 'malformed' });
  });

  it('puts no name and no day of birth into an address', async () => {
    await begin();
    await stand.adapter.findOrCreatePatient!(call(), stand.newcomer);
    const addresses = stand.emulator.requests
      .map(({ path, rawQuery }) => decodeURIComponent(`${path}?${rawQuery}`))
      .join('\n');
    expect(addresses).toContain('/Patient/_search');
    for (const part of [stand.newcomer.lastName, stand.newcomer.firstName, '1991-07-04', '555'])
      expect(addresses).not.toContain(part);
  });

  it('takes Devices for chairs, and every Location when no type is named', async () => {
    await begin({ config: { operatoryResource: 'Device' } });
    stand.emulator.store.create(
      { resourceType: 'Device', status: 'active', deviceName: [{ name: 'Chair A', type: 'user-friendly-name' }] },
      { id: 'chair-a' },
    );
    const chairs = await stand.adapter.pullOperatories!(call(), {});
    expect(chairs.records).toMatchObject([{ foreignId: 'chair-a', name: 'Chair A', active: true }]);
    await stand.stop();
    await begin({ config: { operatoryTypes: [] } });
    expect((await stand.adapter.pullOperatories!(call(), {})).records.map(({ foreignId }) => foreignId)).toEqual([
      'site',
      'r1',
      'r2',
    ]);
  });

  it('describes its configuration in a schema that takes the good and refuses the unknown', async () => {
    await begin();
    const ajv = new Ajv2020({ strict: true });
    addFormats.default(ajv);
    const validate = ajv.compile(plugin.configSchema);
    expect(validate({ baseUrl: 'https://fhir.example.com/r4', auth: 'bearer', accessToken: 'x' })).toBe(true);
    expect(validate({})).toBe(false);
    expect(validate({ baseUrl: 'https://fhir.example.com/r4', country: 'usa' })).toBe(false);
    expect(validate({ baseUrl: 'https://fhir.example.com/r4?x=1' })).toBe(false);
    expect(validate({ baseUrl: 'https://fhir.example.com/r4', acessToken: 'x' })).toBe(false);
  });
});
