import type { NewPmsAppointment, PmsAppointment, PmsBlockout, PmsHours } from '@openchair/plugin-kit';
import { call, describePmsConformance, fails, readAll } from '@openchair/plugin-kit/conformance';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { LONG_AGO, type Row } from '../test/office.js';
import { KEYS, type OpenDentalStand, RANGE, startStand } from '../test/stand.js';
import plugin from './index.js';
import { e164Of, phoneText } from './people.js';
import { scheduleRecords } from './schedules.js';

const checks = describePmsConformance(plugin, startStand, { describe, it }, { http: true });
console.log(`pms-opendental: ${checks} checks`);

describe('Open Dental', () => {
  let stand: OpenDentalStand;
  const open: OpenDentalStand[] = [];
  const start = async (config: Record<string, unknown> = {}) => {
    stand = await startStand(config);
    open.push(stand);
    return stand;
  };
  const visits = (range = RANGE) => readAll((next) => stand.adapter.pullAppointments!(call(), { ...range, ...next }));
  const rowOf = (foreignId: string): Row => stand.emulator.office.find('appointments', Number(foreignId))!;
  const book = async (more: Partial<NewPmsAppointment> = {}): Promise<PmsAppointment> => {
    const [place] = await stand.freePlaces(1);
    const request = { ...place!, reference: 'apt_01', patientForeignId: '1', ...more };
    return stand.adapter.createAppointment!(call(), request);
  };
  const asked = (path: string) => stand.emulator.requests.filter((request) => request.path.endsWith(path));

  beforeEach(() => start());
  afterEach(() => Promise.all(open.splice(0).map((one) => one.stop())));

  it('is asked by the remote API’s rules, and answers in its own words what breaks them', async () => {
    const { baseUrl } = stand.emulator;
    const authorization = `ODFHIR ${KEYS.developerKey}/${KEYS.customerKey}`;
    const ask = async (path: string, init: RequestInit = {}) => {
      const response = await fetch(`${baseUrl}${path}`, { headers: { authorization }, ...init });
      return [response.status, await response.text()];
    };
    const post = (record: object) =>
      ask('/appointments', { method: 'POST', body: JSON.stringify(record), headers: { authorization } });
    const visit = { PatNum: 1, Op: 1, AptDateTime: '2027-03-09 15:00:00' };
    expect((await ask('/providers', { headers: { authorization: `Bearer ${KEYS.customerKey}` } }))[0]).toBe(401);
    expect(await ask('/appointments?dateStart=03/08/2027')).toEqual([400, '"dateStart is not in the correct format."']);
    expect(await ask('/appointments?ProvNum=1')).toEqual([400, '"ProvNum is not a valid parameter."']);
    expect(await ask('/appointments?DateTStamp=2027-03-08+09:00:00')).toMatchObject([400, /%20/]);
    expect(await ask('/appointments?Limit=101')).toMatchObject([400, /Limit/]);
    expect(await ask('/nonsense')).toMatchObject([404, /Resource/]);
    expect(await post({ ...visit, IsHygiene: false })).toEqual([400, '"IsHygiene is invalid."']);
    expect(await post({ ...visit, AptDateTime: '2027-03-09T15:00' })).toEqual([400, '"AptDateTime is invalid."']);
    expect(await post({ ...visit, Length: 30 })).toEqual([400, '"Length is not a valid field."']);
    expect(await post({ PatNum: 1, Op: 1 })).toEqual([400, '"AptDateTime is required."']);
    expect((await post(visit))[0]).toBe(201);
  });

  it.each([
    ['Scheduled', {}, 'scheduled'],
    ['ASAP', {}, 'scheduled'],
    ['Scheduled', { DateTimeArrived: '2027-03-09 08:55:00' }, 'arrived'],
    ['Scheduled', { DateTimeArrived: '2027-03-09 00:00:00' }, 'scheduled'],
    ['Scheduled', { DateTimeArrived: '2027-03-09 08:55:00', DateTimeSeated: '2027-03-09 09:01:00' }, 'in_chair'],
    ['Scheduled', { DateTimeSeated: '2027-03-09 09:01:00', DateTimeDismissed: '2027-03-09 09:40:00' }, 'completed'],
    ['Complete', {}, 'completed'],
    ['Broken', {}, 'cancelled'],
    ['UnschedList', {}, 'cancelled'],
    ['Planned', {}, undefined],
    ['PtNote', {}, undefined],
    ['PtNoteCompleted', {}, undefined],
    ['SomethingNew', {}, undefined],
  ])('takes a visit that is %s %j for %s', async (AptStatus, more, status) => {
    const place = { PatNum: 3, Op: 2, ProvNum: 1, AptDateTime: '2027-03-09 09:00:00' };
    const row = stand.emulator.office.enter({ ...place, AptStatus, ...more });
    const found = (await visits()).find(({ foreignId }) => foreignId === String(row['AptNum']));
    expect(found?.status).toBe(status);
    if (AptStatus === 'ASAP') expect(found?.asap).toBe(true);
  });

  it('reads marks, times, confirmations and the hygienist of a hygiene visit', async () => {
    const all = await visits();
    const first = all.find(({ foreignId }) => foreignId === '1')!;
    const hygiene = all.find(({ foreignId }) => foreignId === '2')!;
    expect(first).toEqual({
      foreignId: '1',
      patientForeignId: '1',
      providerForeignId: '1',
      operatoryForeignId: '1',
      start: Date.parse('2027-03-08T14:00:00Z'),
      end: Date.parse('2027-03-08T14:50:00Z'),
      pattern: '/XXXXXXXX/',
      status: 'scheduled',
      confirmed: false,
      asap: false,
      updatedAt: Date.parse('2021-05-03T13:30:12Z'),
    });
    expect([hygiene.providerForeignId, hygiene.operatoryForeignId]).toEqual(['2', '3']);
    expect(all.filter(({ asap }) => asap).map(({ confirmed }) => confirmed)).toEqual([true]);
    const spring = all.filter(({ start }) => start >= Date.parse('2027-03-15T00:00:00Z'));
    expect(new Date(spring[0]!.start).toISOString()).toBe('2027-03-15T13:00:00.000Z');
  });

  it('makes schedules less blockouts of numbers that come as text, and never asks for slots', async () => {
    const records = await readAll((next) => stand.adapter.pullSchedules!(call(), { ...RANGE, ...next }));
    const of = (date: string) => records.filter((record) => record.date === date);
    const hours = (date: string) => of(date).filter((record): record is PmsHours => record.kind === 'hours');
    // The API sorts by time: a day may be spread over several pages.
    const worked = hours('2027-03-09').flatMap(({ providerForeignId, operatoryForeignId, intervals }) =>
      intervals.map(({ start, end }) => `${providerForeignId} in ${operatoryForeignId}: ${start}-${end}`),
    );
    expect(worked.sort()).toEqual([
      '1 in 1: 08:00-12:00',
      '1 in 1: 13:00-17:00',
      '1 in 2: 08:00-12:00',
      '1 in 2: 13:00-17:00',
      '2 in 3: 08:00-17:00',
    ]);
    const anywhere = hours('2027-03-15').find(({ providerForeignId }) => providerForeignId === '3');
    expect(anywhere).not.toHaveProperty('operatoryForeignId');
    const blockouts = of('2027-03-12').filter((record): record is PmsBlockout => record.kind === 'blockout');
    expect(blockouts.map(({ type, operatoryForeignId }) => `${type} ${operatoryForeignId}`).sort()).toEqual([
      'Lunch 3',
      'Meeting 1',
      'Meeting 2',
      'Meeting 3',
      'Meeting 4',
    ]);
    expect(stand.emulator.requests.some(({ path }) => path.includes('Slots'))).toBe(false);
  });

  it('joins hours that touch, ends days at midnight, and skips what has no length', () => {
    const row = (StartTime: string, StopTime: string, more: Row = {}): Row => ({
      ...{ ScheduleNum: '7', SchedDate: '2027-03-09', SchedType: 'Provider', ProvNum: '1', operatories: '' },
      ...{ StartTime, StopTime, ...more },
    });
    const spans = (...rows: Row[]) =>
      scheduleRecords(rows, ['5']).map((record) => (record.kind === 'hours' ? record.intervals : [record]));
    expect(spans(row('13:00:00', '17:00:00'), row('08:00:00', '12:00:00'), row('10:00:00', '13:00:00'))).toEqual([
      [{ start: '08:00', end: '17:00' }],
    ]);
    expect(spans(row('18:00:00', '00:00:00'))).toEqual([[{ start: '18:00', end: '24:00' }]]);
    expect(spans(row('00:00:00', '00:00:00'), row('08:00:00', '12:00:00', { ProvNum: '0' }))).toEqual([]);
    const blockout = row('08:00:00', '09:00:00', { SchedType: 'Blockout', blockoutType: '' });
    expect(spans(blockout)).toMatchObject([[{ foreignId: '7-5', type: 'Blockout', operatoryForeignId: '5' }]]);
  });

  it('reads people without what is nobody’s business, and shows who is hidden', async () => {
    const providers = await readAll((next) => stand.adapter.pullProviders!(call(), next));
    expect(providers.map(({ role, active, operatoryForeignIds }) => [role, active, operatoryForeignIds])).toEqual([
      ['dentist', true, ['1', '2', '3']],
      ['hygienist', true, ['3']],
      ['specialist', true, ['4']],
      ['dentist', false, []],
    ]);
    expect(providers[0]).toMatchObject({ colour: '#a4ffa4', specialty: 'General', suffix: 'DDS' });
    const patients = await readAll((next) => stand.adapter.pullPatients!(call(), next));
    expect(patients).toHaveLength(126);
    const twentyThird = patients.find(({ foreignId }) => foreignId === '23');
    expect(twentyThird).not.toHaveProperty('dateOfBirth');
    expect(patients.find(({ foreignId }) => foreignId === '1')).toMatchObject({ phone: '+15365550100', active: true });
  });

  it.each([
    ['(536)624-5871', '+15366245871'],
    ['1-536-624-5871', '+15366245871'],
    ['+44 20 7946 0018', '+442079460018'],
    ['624-5871', undefined],
    ['(136)624-5871', undefined],
    ['', undefined],
  ])('reads the phone number "%s" as %s', (text, number) => expect(e164Of(text)).toBe(number));

  it('writes phone numbers as the office does', () => {
    expect([phoneText('+15366245871'), phoneText('+442079460018')]).toEqual(['(536)624-5871', '+442079460018']);
  });

  it.each([99, 100, 101, 199, 200])(
    'reads a list of %i to its end, the last of each page again with the next',
    async (count) => {
      for (let n = stand.emulator.office.rows('carriers').length; n < count; n += 1)
        stand.emulator.office.insert('carriers', { CarrierName: `Carrier ${n}`, IsHidden: 'false' });
      const carriers = await readAll((next) => stand.adapter.pullCarriers!(call(), next));
      expect(carriers).toHaveLength(count);
      expect(new Set(carriers.map(({ foreignId }) => foreignId)).size).toBe(count);
      expect(asked('/carriers')).toHaveLength(1 + Math.floor((count - 1) / 99));
    },
  );

  it('misses no visit when others are deleted while it reads', async () => {
    const { office } = stand.emulator;
    const before = (await visits()).map(({ foreignId }) => foreignId);
    let pages = 0;
    const deleted = ['3', '7', '50'];
    const seen = await readAll(async (next) => {
      const page = await stand.adapter.pullAppointments!(call(), { ...RANGE, ...next });
      pages += 1;
      if (pages === 1) for (const key of deleted) office.remove('appointments', Number(key));
      return page;
    });
    const ids = new Set(seen.map(({ foreignId }) => foreignId));
    expect(before.filter((foreignId) => !ids.has(foreignId))).toEqual([]);
    await fails(stand.adapter.pullAppointments!(call(), { ...RANGE, cursor: 'nonsense' }), 'rejected');
  });

  it('asks for changes after the time that the office’s own clock showed, and stays there while nothing changes', async () => {
    const { asOf } = await stand.adapter.pullAppointments!(call(), RANGE);
    expect(asOf).toBe(stand.deps.clock.time);
    stand.deps.clock.time += 3_600_000;
    const idle = await stand.adapter.pullAppointments!(call(), { ...RANGE, updatedSince: asOf });
    expect([idle.records, idle.asOf]).toEqual([[], asOf]);
    expect(asked('/appointments').at(-1)?.query.get('DateTStamp')).toBe('2027-03-08 08:59:59');
    stand.emulator.office.update('appointments', 9, { AptStatus: 'Broken' });
    const changed = await stand.adapter.pullAppointments!(call(), { ...RANGE, updatedSince: asOf });
    expect(changed.records.map(({ foreignId, status }) => [foreignId, status])).toEqual([['9', 'cancelled']]);
    expect(changed.asOf).toBe(stand.deps.clock.time);
  });

  it('writes a hygiene visit with its hygienist, the operatory’s dentist and the type of its procedures', async () => {
    const [place] = await stand.freePlaces(1);
    const visit = await book({
      providerForeignId: '2',
      operatoryForeignId: '3',
      end: place!.start + 3_600_000,
      pattern: '/XXXXXXXXXX/',
      procedureCodes: ['D0120', 'D1110'],
      note: 'Prefers the morning\r\nand silence',
    });
    expect(rowOf(visit.foreignId)).toMatchObject({
      AptStatus: 'Scheduled',
      AptDateTime: '2027-03-09 15:30:00',
      ProvNum: 1,
      ProvHyg: 2,
      IsHygiene: 'true',
      Pattern: '/XXXXXXXXXX/',
      AppointmentTypeNum: 1,
      Note: 'Prefers the morning\r\nand silence\nOpenChair: apt_01',
    });
    expect(visit).toMatchObject({
      providerForeignId: '2',
      reference: 'apt_01',
      note: 'Prefers the morning\nand silence',
    });
    const moved = await stand.adapter.moveAppointment!(call(), {
      foreignId: visit.foreignId,
      start: place!.start,
      end: place!.start + 1_800_000,
      providerForeignId: '1',
      operatoryForeignId: '2',
    });
    expect(rowOf(visit.foreignId)).toMatchObject({
      ProvNum: 1,
      ProvHyg: 0,
      IsHygiene: 'false',
      Pattern: 'XXXXXX',
      Op: 2,
    });
    expect(moved).toMatchObject({ providerForeignId: '1', operatoryForeignId: '2', reference: 'apt_01' });
  });

  it('refuses times that five-minute marks or a wall clock cannot say', async () => {
    const [place] = await stand.freePlaces(1);
    const refused = async (more: Partial<NewPmsAppointment>) => (await fails(book(more), 'rejected')).reason;
    expect(await refused({ end: place!.start + 420_000 })).toBe('not_in_five_minute_marks');
    expect(await refused({ end: place!.start + 10 * 3_600_000 })).toBe('visit_too_long');
    expect(await refused({ pattern: 'XX' })).toBe('pattern_of_another_length');
    const repeated = Date.parse('2027-11-07T07:30:00Z');
    expect(await refused({ start: repeated, end: repeated + 1_800_000 })).toBe('local_time_ambiguous');
    expect(asked('/appointments').filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it('breaks a visit as the office wants it, and remembers who was missed', async () => {
    const listed = await book();
    await stand.adapter.cancelAppointment!(call(), { foreignId: listed.foreignId, as: 'cancelled' });
    expect(rowOf(listed.foreignId)).toMatchObject({ AptStatus: 'UnschedList' });
    await start({ unscheduledList: false, breakProcedures: true });
    stand.emulator.breakProcedures = true;
    const { foreignId } = await book();
    const missed = await stand.adapter.cancelAppointment!(call(), { foreignId, as: 'missed' });
    expect([missed.status, missed.note]).toEqual(['missed', undefined]);
    expect(rowOf(foreignId)).toMatchObject({ AptStatus: 'Broken' });
    expect(JSON.parse(asked('/Break')[0]!.body)).toEqual({ sendToUnscheduledList: 'false', breakType: 'Missed' });
    expect((await visits()).find((visit) => visit.foreignId === foreignId)?.status).toBe('missed');
    const complete = stand.emulator.office.enter({
      PatNum: 1,
      Op: 1,
      ProvNum: 1,
      AptDateTime: '2027-03-08 08:00:00',
      AptStatus: 'Complete',
    });
    const late = { foreignId: String(complete['AptNum']), as: 'cancelled' } as const;
    expect((await fails(stand.adapter.cancelAppointment!(call(), late), 'rejected')).reason).toBe(
      'visit_not_scheduled',
    );
  });

  it('finds a visit by what it remembers of it, also when staff have rewritten its note', async () => {
    const { foreignId } = await book();
    stand.emulator.office.update('appointments', Number(foreignId), { Note: 'Staff wrote this instead' });
    expect((await stand.adapter.findByOurReference!(call(), 'apt_01'))?.foreignId).toBe(foreignId);
    expect((await book()).foreignId).toBe(foreignId);
    stand.emulator.office.remove('appointments', Number(foreignId));
    expect(await stand.adapter.findByOurReference!(call(), 'apt_01')).toBeNull();
  });

  it('books for nobody who was merged away or has died', async () => {
    const { office } = stand.emulator;
    const person = { LName: 'Quill', FName: 'Zelda', Birthdate: '1991-07-04', DateTStamp: LONG_AGO };
    for (const PatStatus of ['Deleted', 'Deceased']) office.insert('patients', { ...person, PatStatus });
    const archived = office.insert('patients', { ...person, PatStatus: 'Archived' });
    const found = await stand.adapter.findOrCreatePatient!(call(), stand.newcomer);
    expect(found).toEqual({ foreignId: String(archived['PatNum']), created: false });
    const other = { ...stand.newcomer, reference: 'pat_2', firstName: 'Leopold' };
    const { foreignId } = await stand.adapter.findOrCreatePatient!(call(), other);
    expect(office.find('patients', Number(foreignId))).toMatchObject({
      LName: 'Quill',
      FName: 'Leopold',
      Birthdate: '1991-07-04',
      WirelessPhone: '(202)555-0147',
      Email: 'zelda.quill@example.com',
    });
  });

  it('keeps to its clinic when the office uses clinics', async () => {
    await start({ clinicNum: 4 });
    const { office } = stand.emulator;
    for (const key of [1, 2]) office.update('operatories', key, { ClinicNum: 4 });
    const operatories = await readAll((next) => stand.adapter.pullOperatories!(call(), next));
    expect(operatories.map(({ foreignId }) => foreignId)).toEqual(['1', '2']);
    expect(await visits()).toEqual([]);
    const { foreignId } = await book();
    expect(rowOf(foreignId)).toMatchObject({ ClinicNum: 4 });
    expect((await visits()).map((visit) => visit.foreignId)).toEqual([foreignId]);
    expect((await stand.adapter.findOrCreatePatient!(call(), stand.newcomer)).created).toBe(true);
  });

  it('takes events of the watched tables as hints, and the others for none', async () => {
    const send = (type: string, rows: unknown, authorization = KEYS.customerKey) =>
      stand.adapter.verifyInbound!({
        headers: { authorization, 'event-type': type },
        body: new TextEncoder().encode(JSON.stringify(rows)),
        receivedAt: 0,
      });
    const rows = [18, 19].map((AptNum) => ({ AptNum, PatNum: 7, Note: 'PHI', DateTStamp: LONG_AGO }));
    const events = await send('WatchTable: Appointment', rows);
    expect(events.map(({ topic, foreignId }) => [topic, foreignId])).toEqual([
      ['appointments', '18'],
      ['appointments', '19'],
    ]);
    expect(await send('WatchTable: AppointmentDeleted', [{ AptNum: 18, DateTStamp: LONG_AGO }])).not.toEqual([
      events[0],
    ]);
    expect((await send('WatchTable: Patient', [{ PatNum: 7 }]))[0]?.topic).toBe('patients');
    expect(await send('WatchTable: PatField', [{ PatFieldNum: 7 }])).toEqual([]);
    await fails(send('WatchTable: Appointment', rows, `ODFHIR ${KEYS.customerKey}`), 'rejected', Object.values(KEYS));
    expect((await fails(send('WatchTable: Appointment', { AptNum: 18 }), 'rejected')).reason).toBe('bad_payload');
  });

  it('is sparing with requests: the set-up is read once for several bookings', async () => {
    await book();
    const before = stand.emulator.requests.length;
    const [, place] = await stand.freePlaces(2);
    await book({ ...place!, reference: 'apt_02' });
    expect(stand.emulator.requests.slice(before).map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /api/v1/appointments',
    ]);
  });

  it('describes its configuration in a schema that takes the good and refuses the unknown', () => {
    const ajv = new Ajv2020({ strict: true });
    addFormats.default(ajv);
    const validate = ajv.compile(plugin.configSchema);
    expect(validate({ ...KEYS })).toBe(true);
    expect(
      validate({ ...KEYS, clinicNum: 3, confirmedStatuses: ['Ja'], baseUrl: 'https://api.example.com/api/v1' }),
    ).toBe(true);
    expect(validate({ developerKey: KEYS.developerKey })).toBe(false);
    expect(validate({ ...KEYS, customerKey: 'two words' })).toBe(false);
    expect(validate({ ...KEYS, pageSize: 5_000 })).toBe(false);
    expect(validate({ ...KEYS, key: 'x' })).toBe(false);
  });
});
