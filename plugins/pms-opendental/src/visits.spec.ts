import type { NewPmsAppointment } from '@openchair/plugin-kit';
import { call, fails } from '@openchair/plugin-kit/conformance';
import { LONG_AGO } from '../test/office.js';
import { OfficeUnderTest } from '../test/stand.js';

describe('writing to Open Dental', () => {
  const office = new OfficeUnderTest();

  beforeEach(() => office.start());
  afterEach(() => office.stop());

  it('writes a hygiene visit with its hygienist, the operatory’s dentist and the type of its procedures', async () => {
    const [place] = await office.stand.freePlaces(1);
    const visit = await office.book({
      providerForeignId: '2',
      operatoryForeignId: '3',
      end: place!.start + 3_600_000,
      pattern: '/XXXXXXXXXX/',
      procedureCodes: ['D0120', 'D1110'],
      note: 'Prefers the morning\r\nand silence',
    });
    expect(office.rowOf(visit.foreignId)).toMatchObject({
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
    const moved = await office.stand.adapter.moveAppointment!(call(), {
      foreignId: visit.foreignId,
      start: place!.start,
      end: place!.start + 1_800_000,
      providerForeignId: '1',
      operatoryForeignId: '2',
    });
    expect(office.rowOf(visit.foreignId)).toMatchObject({
      ProvNum: 1,
      ProvHyg: 0,
      IsHygiene: 'false',
      Pattern: 'XXXXXX',
      Op: 2,
    });
    expect(moved).toMatchObject({ providerForeignId: '1', operatoryForeignId: '2', reference: 'apt_01' });
  });

  it('refuses times that five-minute marks or a wall clock cannot say', async () => {
    const [place] = await office.stand.freePlaces(1);
    const refused = async (more: Partial<NewPmsAppointment>) => (await fails(office.book(more), 'rejected')).reason;
    expect(await refused({ end: place!.start + 420_000 })).toBe('not_in_five_minute_marks');
    expect(await refused({ end: place!.start + 10 * 3_600_000 })).toBe('visit_too_long');
    expect(await refused({ pattern: 'XX' })).toBe('pattern_of_another_length');
    const repeated = Date.parse('2027-11-07T07:30:00Z');
    expect(await refused({ start: repeated, end: repeated + 1_800_000 })).toBe('local_time_ambiguous');
    expect(office.asked('/appointments').filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it('breaks a visit as the office wants it, and remembers who was missed', async () => {
    const listed = await office.book();
    await office.stand.adapter.cancelAppointment!(call(), { foreignId: listed.foreignId, as: 'cancelled' });
    expect(office.rowOf(listed.foreignId)).toMatchObject({ AptStatus: 'UnschedList' });
    await office.start({ unscheduledList: false, breakProcedures: true });
    office.stand.emulator.breakProcedures = true;
    const { foreignId } = await office.book();
    const missed = await office.stand.adapter.cancelAppointment!(call(), { foreignId, as: 'missed' });
    expect([missed.status, missed.note]).toEqual(['missed', undefined]);
    expect(office.rowOf(foreignId)).toMatchObject({ AptStatus: 'Broken' });
    expect(JSON.parse(office.asked('/Break')[0]!.body)).toEqual({
      sendToUnscheduledList: 'false',
      breakType: 'Missed',
    });
    expect((await office.visits()).find((visit) => visit.foreignId === foreignId)?.status).toBe('missed');
    const complete = office.stand.emulator.office.enter({
      PatNum: 1,
      Op: 1,
      ProvNum: 1,
      AptDateTime: '2027-03-08 08:00:00',
      AptStatus: 'Complete',
    });
    const late = { foreignId: String(complete['AptNum']), as: 'cancelled' } as const;
    expect((await fails(office.stand.adapter.cancelAppointment!(call(), late), 'rejected')).reason).toBe(
      'visit_not_scheduled',
    );
  });

  it('finds a visit by what it remembers of it, also when staff have rewritten its note', async () => {
    const { foreignId } = await office.book();
    office.stand.emulator.office.update('appointments', Number(foreignId), { Note: 'Staff wrote this instead' });
    expect((await office.stand.adapter.findByOurReference!(call(), 'apt_01'))?.foreignId).toBe(foreignId);
    expect((await office.book()).foreignId).toBe(foreignId);
    office.stand.emulator.office.remove('appointments', Number(foreignId));
    expect(await office.stand.adapter.findByOurReference!(call(), 'apt_01')).toBeNull();
    expect((await office.book()).foreignId).not.toBe(foreignId);
  });

  it('moves a visit without touching the people whom staff have entered', async () => {
    const { office: database } = office.stand.emulator;
    const row = database.enter({
      PatNum: 3,
      AptDateTime: '2027-03-09 15:30:00',
      Op: 1,
      ProvNum: 1,
      ProvHyg: 2,
      Pattern: 'XXXXXX',
    });
    const foreignId = String(row['AptNum']);
    const [, place] = await office.stand.freePlaces(2);
    await office.stand.adapter.moveAppointment!(call(), { foreignId, ...place!, operatoryForeignId: '2' });
    expect(office.rowOf(foreignId)).toMatchObject({
      AptDateTime: '2027-03-10 15:30:00',
      Op: 2,
      ProvNum: 1,
      ProvHyg: 2,
    });
  });

  it('books for nobody who was merged away or has died', async () => {
    const { office: database } = office.stand.emulator;
    const person = { LName: 'Quill', FName: 'Zelda', Birthdate: '1991-07-04', DateTStamp: LONG_AGO };
    for (const PatStatus of ['Deleted', 'Deceased']) database.insert('patients', { ...person, PatStatus });
    const archived = database.insert('patients', { ...person, PatStatus: 'Archived' });
    const found = await office.stand.adapter.findOrCreatePatient!(call(), office.stand.newcomer);
    expect(found).toEqual({ foreignId: String(archived['PatNum']), created: false });
    const other = { ...office.stand.newcomer, reference: 'pat_2', firstName: 'Leopold' };
    const { foreignId } = await office.stand.adapter.findOrCreatePatient!(call(), other);
    expect(database.find('patients', Number(foreignId))).toMatchObject({
      LName: 'Quill',
      FName: 'Leopold',
      Birthdate: '1991-07-04',
      WirelessPhone: '(202)555-0147',
      Email: 'zelda.quill@example.com',
    });
  });

  it('writes nothing anew while what it looks for may be a record that cannot be read', async () => {
    const { emulator } = office.stand;
    await emulator.fault('lose_acknowledgement', 'writes');
    await fails(office.book(), 'retryable');
    await emulator.fault('none');
    const isOurs = ({ Note }: Record<string, unknown>) => String(Note).includes('apt_01');
    emulator.spoilRecord(/\/appointments$/, (row) => (isOurs(row) ? { ...row, AptDateTime: 'soon' } : row));
    expect((await fails(office.book(), 'retryable')).reason).toBe('unexpected_answer');
    emulator.spoilRecord(/\/nowhere$/, (row) => row);
    const visit = await office.book();
    expect(emulator.office.rows('appointments').filter(isOurs)).toHaveLength(1);
    expect(isOurs(office.rowOf(visit.foreignId))).toBe(true);
  });

  it('is sparing with requests: the set-up is read once for several bookings', async () => {
    await office.book();
    const before = office.stand.emulator.requests.length;
    const [, place] = await office.stand.freePlaces(2);
    await office.book({ ...place!, reference: 'apt_02' });
    expect(office.stand.emulator.requests.slice(before).map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /api/v1/appointments',
    ]);
  });
});
