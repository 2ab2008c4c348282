import type { PmsBlockout, PmsHours } from '@openchair/plugin-kit';
import {
  call,
  CONFORMANCE_COUNTS,
  describePmsConformance,
  fails,
  PMS_CHECKS,
  readAll,
} from '@openchair/plugin-kit/conformance';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { LONG_AGO, type Row } from '../test/office.js';
import { KEYS, OfficeUnderTest, RANGE, startStand } from '../test/stand.js';
import plugin from './index.js';
import { e164Of, phoneText } from './people.js';
import { scheduleRecords, scheduleRowsOf } from './schedules.js';

const checks = describePmsConformance(plugin, startStand, { describe, it }, { http: true });
console.log(`pms-opendental: ${checks} checks`);

describe('Open Dental', () => {
  const office = new OfficeUnderTest();

  beforeEach(() => office.start());
  afterEach(() => office.stop());

  it('meets every promise but those about refusing overlaps', () => {
    const overlaps = PMS_CHECKS.filter(({ when }) => when && !when(plugin.capabilities));
    expect(overlaps.map(({ name }) => name)).toEqual([
      'refuses a taken time with alternatives that are free',
      'lets one of several bookers of one time win',
      'does not move a visit onto a taken time',
    ]);
    expect(checks).toBe(CONFORMANCE_COUNTS.pms + CONFORMANCE_COUNTS.pmsHttp - overlaps.length);
  });

  it('is asked by the remote API’s rules, and answers in its own words what breaks them', async () => {
    const { baseUrl } = office.stand.emulator;
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
    const row = office.stand.emulator.office.enter({ ...place, AptStatus, ...more });
    const found = (await office.visits()).find(({ foreignId }) => foreignId === String(row['AptNum']));
    expect(found?.status).toBe(status);
    if (AptStatus === 'ASAP') expect(found?.asap).toBe(true);
  });

  it('reads marks, times, confirmations and the hygienist of a hygiene visit', async () => {
    const all = await office.visits();
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
    const records = await readAll((next) => office.stand.adapter.pullSchedules!(call(), { ...RANGE, ...next }));
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
    expect(office.stand.emulator.requests.some(({ path }) => path.includes('Slots'))).toBe(false);
  });

  it('joins hours that touch, ends days at midnight, and skips what has no length', () => {
    const row = (StartTime: string, StopTime: string, more: Row = {}): Row => ({
      ...{ ScheduleNum: '7', SchedDate: '2027-03-09', SchedType: 'Provider', ProvNum: '1', operatories: '' },
      ...{ StartTime, StopTime, ...more },
    });
    const spans = (...rows: Row[]) =>
      scheduleRecords(rows.flatMap(scheduleRowsOf), ['5']).map((record) =>
        record.kind === 'hours' ? record.intervals : [record],
      );
    expect(spans(row('13:00:00', '17:00:00'), row('08:00:00', '12:00:00'), row('10:00:00', '13:00:00'))).toEqual([
      [{ start: '08:00', end: '17:00' }],
    ]);
    expect(spans(row('18:00:00', '00:00:00'))).toEqual([[{ start: '18:00', end: '24:00' }]]);
    expect(spans(row('00:00:00', '00:00:00'), row('08:00:00', '12:00:00', { ProvNum: '0' }))).toEqual([]);
    const blockout = row('08:00:00', '09:00:00', { SchedType: 'Blockout', blockoutType: '' });
    expect(spans(blockout)).toMatchObject([[{ foreignId: '7-5', type: 'Blockout', operatoryForeignId: '5' }]]);
  });

  it('reads people without what is nobody’s business, and shows who is hidden', async () => {
    const providers = await readAll((next) => office.stand.adapter.pullProviders!(call(), next));
    expect(providers.map(({ role, active, operatoryForeignIds }) => [role, active, operatoryForeignIds])).toEqual([
      ['dentist', true, ['1', '2', '3']],
      ['hygienist', true, ['3']],
      ['specialist', true, ['4']],
      ['dentist', false, []],
    ]);
    expect(providers[0]).toMatchObject({ colour: '#a4ffa4', specialty: 'General', suffix: 'DDS' });
    const patients = await readAll((next) => office.stand.adapter.pullPatients!(call(), next));
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
      for (let n = office.stand.emulator.office.rows('carriers').length; n < count; n += 1)
        office.stand.emulator.office.insert('carriers', { CarrierName: `Carrier ${n}`, IsHidden: 'false' });
      const carriers = await readAll((next) => office.stand.adapter.pullCarriers!(call(), next));
      expect(carriers).toHaveLength(count);
      expect(new Set(carriers.map(({ foreignId }) => foreignId)).size).toBe(count);
      expect(office.asked('/carriers')).toHaveLength(1 + Math.floor((count - 1) / 99));
    },
  );

  it('misses no visit when others are deleted while it reads', async () => {
    const { office: database } = office.stand.emulator;
    const before = (await office.visits()).map(({ foreignId }) => foreignId);
    let pages = 0;
    const deleted = ['3', '7', '50'];
    const seen = await readAll(async (next) => {
      const page = await office.stand.adapter.pullAppointments!(call(), { ...RANGE, ...next });
      pages += 1;
      if (pages === 1) for (const key of deleted) database.remove('appointments', Number(key));
      return page;
    });
    const ids = new Set(seen.map(({ foreignId }) => foreignId));
    expect(before.filter((foreignId) => !ids.has(foreignId))).toEqual([]);
    await fails(office.stand.adapter.pullAppointments!(call(), { ...RANGE, cursor: 'nonsense' }), 'rejected');
  });

  it('asks for changes after the time that the office’s own clock showed, and stays there while nothing changes', async () => {
    const { asOf } = await office.stand.adapter.pullAppointments!(call(), RANGE);
    expect(asOf).toBe(office.stand.deps.clock.time);
    office.stand.deps.clock.time += 3_600_000;
    const idle = await office.stand.adapter.pullAppointments!(call(), { ...RANGE, updatedSince: asOf });
    expect([idle.records, idle.asOf]).toEqual([[], asOf]);
    expect(office.asked('/appointments').at(-1)?.query.get('DateTStamp')).toBe('2027-03-08 08:59:59');
    office.stand.emulator.office.update('appointments', 9, { AptStatus: 'Broken' });
    const changed = await office.stand.adapter.pullAppointments!(call(), { ...RANGE, updatedSince: asOf });
    expect(changed.records.map(({ foreignId, status }) => [foreignId, status])).toEqual([['9', 'cancelled']]);
    expect(changed.asOf).toBe(office.stand.deps.clock.time);
  });

  it('leaves out no visit that takes time, whatever is missing in its record', async () => {
    const place = { PatNum: 3, AptDateTime: '2027-03-09 09:00:00', Pattern: '', Op: 0, ProvNum: 0 };
    const row = office.stand.emulator.office.enter(place);
    const found = (await office.visits()).find(({ foreignId }) => foreignId === String(row['AptNum']));
    expect(found).toMatchObject({
      providerForeignId: '0',
      operatoryForeignId: '0',
      pattern: 'XXXX',
      status: 'scheduled',
    });
  });

  it('keeps to its clinic when the office uses clinics', async () => {
    await office.start({ clinicNum: 4 });
    const { office: database } = office.stand.emulator;
    for (const key of [1, 2]) database.update('operatories', key, { ClinicNum: 4 });
    const operatories = await readAll((next) => office.stand.adapter.pullOperatories!(call(), next));
    expect(operatories.map(({ foreignId }) => foreignId)).toEqual(['1', '2']);
    expect(await office.visits()).toEqual([]);
    const { foreignId } = await office.book();
    expect(office.rowOf(foreignId)).toMatchObject({ ClinicNum: 4 });
    expect((await office.visits()).map((visit) => visit.foreignId)).toEqual([foreignId]);
    expect((await office.stand.adapter.findOrCreatePatient!(call(), office.stand.newcomer)).created).toBe(true);
  });

  it('takes events of the watched tables as hints, and the others for none', async () => {
    const send = (type: string, rows: unknown, authorization = KEYS.customerKey) =>
      office.stand.adapter.verifyInbound!({
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
