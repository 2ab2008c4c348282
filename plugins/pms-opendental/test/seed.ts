import type { LocalDate } from '@openchair/plugin-kit';
import { LONG_AGO, NO_TIME, type Office, type Row, type Table } from './office.js';

/** What the office knows of people and must not give away. */
export const SECRETS = ['078-05-1120', '1522864182', 'D7601X', '219-09-9999'] as const;

const [PATIENT_SSN, PROVIDER_SSN, LICENSE, OTHER_SSN] = SECRETS;
export const PATIENTS = 130;
const VISITS_A_DAY = ['08:00', '09:30', '11:00', '13:00'] as const;
const FIRST_NAMES = ['Amara', 'Daniel', 'Priya', 'Sofia', 'Marcus', 'Elena', 'Jonas'];
const LAST_NAMES = ['Okafor', 'Whitfield', 'Raman', 'Lindqvist', 'Bell', 'Castellano', 'Meyer', 'Tanaka', 'Novak'];

/** Monday to Friday from `from` to `to`, both included. */
export function workdays(from: LocalDate, to: LocalDate): LocalDate[] {
  const days: LocalDate[] = [];
  for (let day = Date.parse(`${from}T00:00Z`); day <= Date.parse(`${to}T00:00Z`); day += 86_400_000) {
    const weekday = new Date(day).getUTCDay();
    if (weekday > 0 && weekday < 6) days.push(new Date(day).toISOString().slice(0, 10));
  }
  return days;
}

/** A fictitious office: two dentists, a hygienist, one who has retired, four operatories. */
export function seedOffice(office: Office, from: LocalDate, to: LocalDate): void {
  const add = (table: Table, rows: readonly Row[]) =>
    rows.forEach((row) => office.insert(table, { DateTStamp: LONG_AGO, ...row }));
  add('definitions', [
    { DefNum: 263, Category: 35, ItemName: 'General' },
    { DefNum: 264, Category: 35, ItemName: 'Hygienist' },
    { DefNum: 265, Category: 35, ItemName: 'Endodontics' },
  ]);
  const provider = { MI: '', Suffix: '', SSN: '', StateLicense: LICENSE, IsSecondary: 'false', IsHidden: 'false' };
  const person = { ...provider, IsNotPerson: 'false', ProvStatus: 'Active', Birthdate: '0001-01-01' };
  add('providers', [
    {
      ...person,
      Abbr: 'DOC1',
      LName: 'Albert',
      FName: 'Brian',
      Suffix: 'DDS',
      SSN: PROVIDER_SSN,
      Specialty: 263,
      provColor: '164,255,164',
    },
    {
      ...person,
      Abbr: 'HYG1',
      LName: 'Jones',
      FName: 'Tina',
      IsSecondary: 'true',
      Specialty: 264,
      provColor: '203,151,255',
    },
    { ...person, Abbr: 'DOC2', LName: 'Lexington', FName: 'Sarah', Specialty: 265, provColor: '164,164,255' },
    { ...person, Abbr: 'OLD', LName: 'Past', FName: 'Paul', IsHidden: 'True', Specialty: 263, provColor: '0,0,0' },
  ]);
  const room = { IsHidden: 'false', IsHygiene: 'false', ProvHygienist: 0, ClinicNum: 0, SetProspective: 'false' };
  add('operatories', [
    { ...room, OpName: 'Operatory 1', Abbrev: 'OP1', ItemOrder: 0, ProvDentist: 1 },
    { ...room, OpName: 'Operatory 2', Abbrev: 'OP2', ItemOrder: 1, ProvDentist: 1 },
    { ...room, OpName: 'Hygiene', Abbrev: 'HYG', ItemOrder: 2, ProvDentist: 1, ProvHygienist: 2, IsHygiene: 'true' },
    { ...room, OpName: 'Surgery', Abbrev: '', ItemOrder: 3, ProvDentist: 3 },
  ]);
  add('carriers', [
    { CarrierName: 'Bluewater Dental', ElectID: 'BW101', IsHidden: 'false' },
    { CarrierName: 'First Lakes Insurance', ElectID: '', IsHidden: 'false' },
    { CarrierName: 'Old Harbor Mutual', ElectID: 'OH045', IsHidden: 'true' },
  ]);
  const code = { AbbrDesc: '', LaymanTerm: '' };
  add('procedurecodes', [
    { ...code, ProcCode: 'D0120', Descript: 'periodic exam', ProcTime: '/X/' },
    { ...code, ProcCode: 'D0140', Descript: 'limited exam', ProcTime: '/X/' },
    { ...code, ProcCode: 'D1110', Descript: 'prophylaxis - adult', LaymanTerm: 'Cleaning', ProcTime: '/XXXX/' },
  ]);
  add('appointmenttypes', [
    {
      AppointmentTypeName: 'Cleaning',
      AppointmentTypeColor: '217,130,43',
      ItemOrder: 0,
      IsHidden: 'false',
      Pattern: '/XXXXXXXXXX/',
      CodeStr: 'D1110,D0120',
    },
    {
      AppointmentTypeName: 'Emergency',
      AppointmentTypeColor: '',
      ItemOrder: 1,
      IsHidden: 'false',
      Pattern: '',
      CodeStr: 'D0140',
    },
    {
      AppointmentTypeName: 'Old',
      AppointmentTypeColor: '0,0,0',
      ItemOrder: 2,
      IsHidden: 'true',
      Pattern: 'XX',
      CodeStr: '',
    },
  ]);
  add('recalltypes', [{ Description: 'Prophy' }, { Description: 'Perio' }]);
  seedPatients(add, from);
  seedSchedules(add, workdays(from, to));
  seedVisits(office, workdays(from, to));
}

function seedPatients(add: (table: Table, rows: readonly Row[]) => void, from: LocalDate): void {
  const numbers = Array.from({ length: PATIENTS }, (_, n) => n);
  add(
    'patients',
    numbers.map((n) => ({
      LName: LAST_NAMES[n % LAST_NAMES.length],
      FName: FIRST_NAMES[n % FIRST_NAMES.length],
      PatStatus: n % 29 === 28 ? 'Deleted' : n % 17 === 16 ? 'Inactive' : 'Patient',
      Birthdate: n % 23 === 22 ? '0001-01-01' : `19${String(40 + (n % 60)).padStart(2, '0')}-05-24`,
      SSN: n % 2 === 0 ? PATIENT_SSN : OTHER_SSN,
      Email: `patient${n}@example.com`,
      HmPhone: `(536)555-01${String(n % 100).padStart(2, '0')}`,
      WirelessPhone: n % 3 === 0 ? '' : `1-536-555-01${String(n % 100).padStart(2, '0')}`,
      Guarantor: n + 1,
      ClinicNum: 0,
    })),
  );
  const day = (n: number) => new Date(Date.parse(`${from}T00:00Z`) + n * 86_400_000).toISOString().slice(0, 10);
  const alive = numbers.filter((n) => n % 29 !== 28);
  add(
    'recalls',
    alive.map((n) => ({
      PatNum: n + 1,
      DateDue: n % 11 === 10 ? '0001-01-01' : day(n - 60),
      RecallInterval: '6m1d',
      IsDisabled: n % 13 === 12 ? 'true' : 'false',
      RecallTypeNum: (n % 2) + 1,
      DateScheduled: n % 5 === 0 ? day(n - 50) : '0001-01-01',
    })),
  );
}

function seedSchedules(add: (table: Table, rows: readonly Row[]) => void, days: readonly LocalDate[]): void {
  const row = { SchedType: 'Provider', ProvNum: 0, BlockoutType: 0, blockoutType: '', Note: '', EmployeeNum: 0 };
  for (const SchedDate of days) {
    add('schedules', [
      { ...row, SchedDate, StartTime: '08:00:00', StopTime: '12:00:00', ProvNum: 1, operatories: '1,2' },
      { ...row, SchedDate, StartTime: '13:00:00', StopTime: '17:00:00', ProvNum: 1, operatories: '1,2' },
      { ...row, SchedDate, StartTime: '08:00:00', StopTime: '17:00:00', ProvNum: 2, operatories: '3' },
      {
        ...row,
        SchedDate,
        StartTime: '08:00:00',
        StopTime: '17:00:00',
        SchedType: 'Employee',
        EmployeeNum: 7,
        operatories: '',
      },
      {
        ...row,
        SchedDate,
        StartTime: '12:00:00',
        StopTime: '13:00:00',
        SchedType: 'Blockout',
        BlockoutType: 281,
        blockoutType: 'Lunch',
        operatories: '3',
      },
    ]);
  }
  add('schedules', [
    {
      ...row,
      SchedDate: days[3],
      StartTime: '00:00:00',
      StopTime: '00:00:00',
      SchedType: 'Practice',
      Note: 'Staff party',
      operatories: '',
    },
    {
      ...row,
      SchedDate: days[4],
      StartTime: '16:00:00',
      StopTime: '17:00:00',
      SchedType: 'Blockout',
      blockoutType: 'Meeting',
      operatories: '',
    },
    { ...row, SchedDate: days[5], StartTime: '09:00:00', StopTime: '12:00:00', ProvNum: 3, operatories: '' },
  ]);
}

/** The afternoons from three o'clock on are free. */
function seedVisits(office: Office, days: readonly LocalDate[]): void {
  let patient = 0;
  for (const day of days) {
    VISITS_A_DAY.forEach((time, n) => {
      patient = (patient % 25) + 1;
      const isHygiene = n % 2 === 1;
      office.enter({
        PatNum: patient,
        AptDateTime: `${day} ${time}:00`,
        Pattern: isHygiene ? 'XXXXXXXXXXXX' : '/XXXXXXXX/',
        Op: isHygiene ? 3 : 1,
        ProvNum: 1,
        ProvHyg: isHygiene ? 2 : 0,
        IsHygiene: String(isHygiene),
        DateTStamp: LONG_AGO,
      });
    });
  }
  const [first, second] = days as [LocalDate, LocalDate];
  const extra = { PatNum: 1, Op: 2, ProvNum: 1, Pattern: 'XXXXXX', DateTStamp: LONG_AGO };
  office.enter({ ...extra, AptDateTime: `${first} 15:00:00`, AptStatus: 'Broken' });
  office.enter({ ...extra, AptDateTime: `${first} 15:00:00`, AptStatus: 'PtNote' });
  office.enter({ ...extra, AptDateTime: NO_TIME, AptStatus: 'Planned' });
  office.enter({ ...extra, AptDateTime: NO_TIME, AptStatus: 'UnschedList' });
  office.enter({ ...extra, AptDateTime: `${second} 15:00:00`, Priority: 'ASAP', confirmed: 'APPOINTMENT CONFIRMED' });
}
