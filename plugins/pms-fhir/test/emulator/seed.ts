import type { TestDeps } from '@openchair/plugin-kit/conformance';
import { FrontDesk } from './front-desk.js';
import type { Sent } from './outcome.js';
import type { Store } from './store.js';

export const RANGE = { from: '2027-03-08', to: '2027-05-06' };
/** What the server holds of people that scheduling does not need. */
export const SSN = '078-05-1120';
export const LICENCE = 'DL-448-210';

const SERVICE_REFERENCE = 'https://medplum.com/fhir/service-type-reference';
const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri'];
const PATIENTS = 70;
/** Hours on weekdays, wall time. */
const HOURS = [
  ['09:00', '12:00'],
  ['13:00', '17:00'],
] as const;

const location = (id: string, name: string, physicalType: string): Sent => ({
  resourceType: 'Location',
  id,
  status: 'active',
  name,
  physicalType: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/location-physical-type', code: physicalType }],
  },
});

const practitioner = (id: string, family: string, given: string, more: object = {}): Sent => ({
  resourceType: 'Practitioner',
  id,
  identifier: [
    { system: 'http://hl7.org/fhir/sid/us-ssn', value: SSN },
    { system: 'urn:state:licence', value: LICENCE },
  ],
  name: [
    { use: 'maiden', family: 'Former', given: ['Other'] },
    { use: 'official', family, given: [given] },
  ],
  telecom: [{ system: 'email', value: `${given}.${family}@practice.example.com`.toLowerCase() }],
  birthDate: '1970-01-01',
  ...more,
});

const role = (
  id: string,
  person: string,
  code: string,
  display: string,
  rooms: readonly string[],
  more: object = {},
): Sent => ({
  resourceType: 'PractitionerRole',
  id,
  practitioner: { reference: `Practitioner/${person}` },
  code: [{ coding: [{ system: 'http://nucc.org/provider-taxonomy', code, display }] }],
  location: ['site', ...rooms].map((room) => ({ reference: `Location/${room}` })),
  ...more,
});

const service = (id: string, name: string, minutes: number, codes: readonly string[]): Sent => ({
  resourceType: 'HealthcareService',
  id,
  name,
  type: [{ coding: codes.map((code) => ({ system: 'http://www.ada.org/cdt', code })) }],
  availableTime: HOURS.map(([start, end]) => ({
    daysOfWeek: WEEKDAYS,
    availableStartTime: `${start}:00`,
    availableEndTime: `${end}:00`,
  })),
  extension: [
    {
      url: 'https://medplum.com/fhir/StructureDefinition/SchedulingParameters',
      extension: [{ url: 'duration', valueDuration: { value: minutes, unit: 'min', code: 'min' } }],
    },
  ],
});

const organization = (id: string, name: string, type: string, more: object = {}): Sent => ({
  resourceType: 'Organization',
  id,
  active: true,
  name,
  type: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/organization-type', code: type }] }],
  ...more,
});

const PEOPLE: readonly Sent[] = [
  location('site', 'Main Street', 'bu'),
  location('r1', 'Operatory 1', 'ro'),
  location('r2', 'Hygiene 1', 'ro'),
  practitioner('101', 'Vale', 'Robin'),
  practitioner('102', 'Marsh', 'Jo'),
  practitioner('103', 'Stone', 'Alex', { active: false }),
  role('role-1', '101', '122300000X', 'Dentist', ['r1', 'r2']),
  role('role-2', '102', '124Q00000X', 'Dental Hygienist', ['r2']),
  role('role-3', '103', '1223E0200X', 'Endodontist', ['r1'], { active: false }),
  service('exam', 'Exam', 30, ['D0140']),
  service('cleaning', 'Cleaning', 60, ['D1110', 'D0120']),
  organization('ins-1', 'Bluewater Dental', 'ins', {
    identifier: [{ system: 'urn:oid:2.16.840.1.113883.6.300', value: 'BW101' }],
  }),
  organization('ins-2', 'Evergreen Benefit', 'pay'),
  organization('lab', 'Crown Lab', 'prov'),
];

/** A small practice: a dentist and a hygienist, two rooms, three visits on every weekday of the range. */
export function seed(store: Store, zone: TestDeps['zone'], withSlots: boolean): void {
  const at = store.now() - 30 * 86_400_000;
  const put = ({ id = '', ...sent }: Sent) => store.create(sent as Sent, { id, at });
  for (const resource of PEOPLE) put(resource);
  for (let n = 1; n <= PATIENTS; n += 1) put(patient(n));
  const offered = ['exam', 'cleaning'].map((id) => ({
    extension: [{ url: SERVICE_REFERENCE, valueReference: { reference: `HealthcareService/${id}` } }],
  }));
  const schedule = (id: string, ...actors: string[]) =>
    put({
      resourceType: 'Schedule',
      id,
      actor: actors.map((reference) => ({ reference })),
      ...(withSlots ? {} : { serviceType: offered }),
    });
  schedule('s-101', 'Practitioner/101');
  schedule('s-r1', 'Location/r1');
  if (withSlots) schedule('s-102', 'PractitionerRole/role-2', 'Location/r2');
  else {
    schedule('s-102', 'Practitioner/102');
    schedule('s-r2', 'Location/r2');
  }
  const desk = new FrontDesk(store);
  let n = 0;
  for (const date of weekdays()) {
    const instant = (time: string) => zone.toInstant(`${date}T${time}`);
    if (withSlots) openDay(store, at, instant);
    const enter = (providerForeignId: string, operatoryForeignId: string, from: string, to: string) => {
      n += 1;
      desk.enter(
        { providerForeignId, operatoryForeignId, start: instant(from), end: instant(to) },
        { patient: `p${(n % PATIENTS) + 1}`, at },
      );
    };
    enter('101', 'r1', '09:00', '10:00');
    enter('101', 'r1', '14:00', '14:30');
    enter('102', 'r2', '10:00', '11:00');
  }
}

/** The dentist's day is cut into half hours; the room and the hygienist have whole stretches. */
function openDay(store: Store, at: number, instant: (time: string) => number): void {
  const free = (schedule: string, start: number, end: number) =>
    store.create(
      {
        resourceType: 'Slot',
        status: 'free',
        schedule: { reference: `Schedule/${schedule}` },
        start: new Date(start).toISOString(),
        end: new Date(end).toISOString(),
      },
      { at },
    );
  free('s-r1', instant('08:00'), instant('18:00'));
  for (const [from, to] of HOURS) {
    free('s-102', instant(from), instant(to));
    for (let start = instant(from); start < instant(to); start += 1_800_000) free('s-101', start, start + 1_800_000);
  }
}

function weekdays(): string[] {
  const dates: string[] = [];
  for (let day = Date.parse(`${RANGE.from}T00:00Z`); day <= Date.parse(`${RANGE.to}T00:00Z`); day += 86_400_000) {
    if (![0, 6].includes(new Date(day).getUTCDay())) dates.push(new Date(day).toISOString().slice(0, 10));
  }
  return dates;
}

function patient(n: number): Sent {
  return {
    resourceType: 'Patient',
    id: `p${n}`,
    active: true,
    identifier: [{ system: 'http://hl7.org/fhir/sid/us-ssn', value: SSN }],
    name: [{ use: 'official', family: `Person${n}`, given: ['Pat'] }],
    telecom: [{ system: 'phone', value: `(202) 555-${String(1_000 + n)}`, use: 'mobile' }],
    birthDate: n % 9 === 0 ? '1980' : `19${50 + (n % 49)}-0${(n % 9) + 1}-11`,
    extension: [{ url: 'http://example.com/mothers-ssn', valueString: SSN }],
  };
}
