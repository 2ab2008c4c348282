import { testZone } from '@openchair/plugin-kit/conformance';

/** The emulated practice: everybody in it is fictitious. */
export const SUBDOMAIN = 'harbor-dental';
export const LOCATION = 348;
export const OTHER_LOCATION = 349;
export const ZONE = 'America/Chicago';
/** What scheduling does not need: it must not get out of the adapter. */
export const PRIVATE = { npi: '1912507500', tin: '078-05-1120', licence: 'R219935', ssn: '219-09-9999' } as const;

/** A record as NexHealth sends it. */
export type Row = Record<string, unknown>;

const zone = testZone(ZONE);
const OLD = '2027-01-04T12:00:00.000Z';
const at = (local: string) => new Date(zone.toInstant(local)).toISOString();

const PEOPLE: readonly (readonly [number, string, string, string | null])[] = [
  [101, 'Grace', 'Harbor', '122300000X'],
  [102, 'Omar', 'Pine', '1223E0200X'],
  [103, 'Lena', 'Brook', '124Q00000X'],
  [104, 'Ida', 'Vale', null],
];

export const providers: readonly Row[] = PEOPLE.map(([id, first, last, code]) => ({
  id,
  email: `${first.toLowerCase()}@example.com`,
  first_name: first,
  middle_name: null,
  last_name: last,
  name: `${first} ${last}`,
  display_name: id === 101 ? 'Dr. Harbor' : null,
  npi: PRIVATE.npi,
  tin: PRIVATE.tin,
  state_license: PRIVATE.licence,
  specialty_code: code,
  bio: {},
  inactive: false,
  foreign_id: `p${id}`,
  location_ids: [LOCATION],
  updated_at: OLD,
}));

export const operatories: readonly Row[] = [181, 182, 183].map((id, index) => ({
  id,
  name: `OP${index + 1}`,
  display_name: index === 2 ? 'Hygiene room' : null,
  active: true,
  bookable_online: true,
  foreign_id: String(index + 1),
  location_id: LOCATION,
  updated_at: OLD,
}));

const WEEK = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday'];
let hoursId = 0;
const hours = (provider: number, operatory: number | null, begin: string, end: string, more: Row): Row => ({
  id: (hoursId += 1),
  provider_id: provider,
  location_id: LOCATION,
  operatory_id: operatory,
  begin_time: begin,
  end_time: end,
  days: [],
  specific_date: null,
  custom_recurrence: null,
  tz_offset: '-0600',
  active: true,
  source: 'synced',
  label: null,
  ...more,
});

export const workingHours: readonly Row[] = [
  hours(101, 181, '8:00', '12:00', { days: WEEK }),
  hours(101, 181, '12:00', '12:30', { days: ['Monday'] }),
  hours(101, 181, '13:00', '17:00', { days: WEEK }),
  hours(102, 182, '09:00', '17:00', { custom_recurrence: { num: 2, unit: 'week', ref: '2027-03-02' } }),
  hours(103, null, '08:00', '00:00', { specific_date: '2027-03-20' }),
  hours(103, 183, '08:00', '16:00', { days: WEEK }),
  hours(103, 183, '08:00', '10:00', {
    days: ['Wednesday'],
    label: { id: 11, location_id: LOCATION, name: 'New patient' },
  }),
  hours(104, 182, '10:00', '11:00', { days: [], custom_recurrence: { num: 1, unit: 'month', ref: '2027-01-31' } }),
  hours(101, 181, '06:00', '20:00', { days: WEEK, source: 'manual' }),
  hours(101, 181, '18:00', '20:00', { days: WEEK, active: false }),
];

export const patients: readonly Row[] = Array.from({ length: 230 }, (_, index) => ({
  id: 2001 + index,
  email: index % 5 === 0 ? null : `patient${index}@example.com`,
  first_name: ['Ann', 'Bo', 'Cleo', 'Dee'][index % 4],
  middle_name: null,
  last_name: `Sample${String.fromCharCode(65 + (index % 26))}${index}`,
  bio: {
    date_of_birth: index % 7 === 0 ? null : `19${50 + (index % 50)}-0${1 + (index % 9)}-1${index % 9}`,
    phone_number: '',
    cell_phone_number: index % 3 === 0 ? '' : `312-555-0${100 + (index % 100)}`,
    home_phone_number: '(312) 555 0199',
    ssn: PRIVATE.ssn,
    new_patient: false,
    non_patient: false,
  },
  inactive: index % 40 === 39,
  foreign_id: `c${index}`,
  location_ids: [LOCATION],
  created_at: OLD,
  updated_at: OLD,
}));

/** Visits that staff have entered: of each weekday some mornings, none in the afternoons of the first provider. */
export function visits(): Row[] {
  const days = Array.from({ length: 60 }, (_, index) => new Date(Date.UTC(2027, 2, 8 + index)));
  const dates = days.filter((day) => day.getUTCDay() % 6 !== 0).map((day) => day.toISOString().slice(0, 10));
  return dates.flatMap((date, day) =>
    ['08:00', '09:00', '10:00', '11:00', '13:00'].map((time, index) => {
      const start = zone.toInstant(`${date}T${time}`);
      return {
        patient_id: 2001 + ((day * 5 + index) % 230),
        provider_id: index < 3 ? 101 : 103,
        operatory_id: index < 3 ? 181 : 183,
        start_time: new Date(start).toISOString(),
        end_time: new Date(start + 30 * 60_000).toISOString(),
        updated_at: OLD,
      };
    }),
  );
}

/** Time that staff have closed. */
export const blocks: readonly Row[] = [
  { provider_id: 101, operatory_id: null, start_time: at('2027-03-10T15:00'), end_time: at('2027-03-10T16:00') },
  { provider_id: null, operatory_id: null, start_time: at('2027-03-26T12:00'), end_time: at('2027-03-29T00:00') },
  { provider_id: null, operatory_id: 182, start_time: at('2027-03-01T09:00'), end_time: at('2027-03-09T10:00') },
].map((block) => ({ ...block, patient_id: null, unavailable: true, note: 'Staff meeting', updated_at: OLD }));

export const recalls: readonly Row[] = Array.from({ length: 60 }, (_, index) => ({
  id: 700 + index,
  patient_id: 2001 + index,
  appointment_id: null,
  date_due: new Date(Date.UTC(2027, 2, 1 + index * 2)).toISOString().slice(0, 10),
  recall_id: 1,
  recall_type: { id: 1, name: 'PROPHY', description: 'Cleaning', interval_num: 6, interval_unit: 'M' },
  foreign_id: String(index),
  updated_at: OLD,
}));

export const plans: readonly Row[] = [
  { id: 18, name: ' Delta Dental ', payer_id: '94276', group_num: '1' },
  { id: 17, name: 'Delta Dental', payer_id: '94276', group_num: '2' },
  { id: 19, name: 'Delta Dental', payer_id: null, group_num: '3' },
  { id: 20, name: null, payer_id: '1', group_num: '4' },
  { id: 21, name: 'Cigna', payer_id: '62308', group_num: '5' },
].map((plan) => ({ ...plan, updated_at: OLD, deleted_at: null }));

const descriptor = (id: number, type: string, code: string, name: string): Row => ({
  id,
  descriptor_type: type,
  code,
  name,
  location_id: LOCATION,
  active: true,
  foreign_id: String(id),
});

export const descriptors: readonly Row[] = [
  descriptor(12, 'Procedure Code', 'D1110', 'Prophylaxis, adult'),
  descriptor(13, 'Procedure Code', 'D0120', 'Periodic exam'),
  descriptor(14, 'Procedure Code', 'D0120', 'Periodic exam'),
  descriptor(15, 'Appointment Type', 'HYG', 'Hygiene'),
];

export const appointmentTypes: readonly Row[] = [
  { id: 27, name: 'Cleaning', minutes: 60, descriptors: [descriptors[0], descriptors[3]] },
  { id: 28, name: 'Consultation', minutes: 30, descriptors: [] },
].map((type) => ({ ...type, parent_type: 'Location', parent_id: LOCATION, bookable_online: true }));
