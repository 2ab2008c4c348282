import { Refusal, type Sent } from './outcome.js';

interface Shape {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

const COMMON = ['resourceType', 'id', 'meta', 'extension', 'text', 'identifier', 'contained'];
const shape = (required: string, optional: string): Shape => ({
  required: required.split(' ').filter(Boolean),
  optional: optional.split(' '),
});

/** The elements of R4 that the emulated server knows, by type. */
const SHAPES: Readonly<Record<string, Shape>> = {
  Appointment: shape(
    'status participant',
    'cancelationReason serviceCategory serviceType specialty appointmentType reasonCode priority description start end minutesDuration slot created comment patientInstruction',
  ),
  Slot: shape('schedule status start end', 'serviceCategory serviceType specialty appointmentType overbooked comment'),
  Schedule: shape('actor', 'active serviceCategory serviceType specialty planningHorizon comment'),
  Patient: shape(
    '',
    'active name telecom gender birthDate deceasedBoolean deceasedDateTime address contact communication managingOrganization link',
  ),
  Practitioner: shape('', 'active name telecom address gender birthDate photo qualification communication'),
  PractitionerRole: shape(
    '',
    'active period practitioner organization code specialty location healthcareService telecom availableTime',
  ),
  Location: shape(
    '',
    'status name alias description mode type telecom address physicalType managingOrganization partOf hoursOfOperation',
  ),
  Device: shape('', 'status deviceName type location'),
  HealthcareService: shape(
    '',
    'active providedBy category type specialty location name comment availableTime notAvailable',
  ),
  Organization: shape('', 'active type name alias telecom address partOf contact'),
};

const STATUSES: Readonly<Record<string, readonly string[]>> = {
  Appointment: [
    'proposed',
    'pending',
    'booked',
    'arrived',
    'fulfilled',
    'cancelled',
    'noshow',
    'entered-in-error',
    'checked-in',
    'waitlist',
  ],
  Slot: ['busy', 'free', 'busy-unavailable', 'busy-tentative', 'entered-in-error'],
};
const PARTICIPATION = ['accepted', 'declined', 'tentative', 'needs-action'];
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Refuses what is no R4 resource of its type. Answers with the local references that must exist. */
export function validate(sent: Sent): string[] {
  const { resourceType: type } = sent;
  const known = SHAPES[type];
  if (!known) throw new Refusal(404, 'not-supported', `${type} is not supported`);
  const wrong = (text: string, code = 'structure') => new Refusal(422, code, `${type}: ${text}`);
  for (const [name, value] of Object.entries(sent)) {
    if (![...COMMON, ...known.required, ...known.optional].includes(name)) throw wrong(`unknown element "${name}"`);
    if (value === null || value === '' || (Array.isArray(value) && value.length === 0))
      throw wrong(`"${name}" is empty`, 'value');
  }
  for (const name of known.required) if (sent[name] === undefined) throw wrong(`"${name}" is missing`, 'required');
  if (sent.status !== undefined && STATUSES[type] && !STATUSES[type].includes(sent.status))
    throw wrong('unknown status', 'code-invalid');
  for (const name of ['start', 'end']) {
    if (sent[name] !== undefined && !INSTANT.test(sent[name])) throw wrong(`"${name}" is no instant`, 'value');
  }
  if (sent.start !== undefined && sent.end !== undefined && Date.parse(sent.start) >= Date.parse(sent.end))
    throw wrong('ends before it starts', 'invariant');
  if (sent.birthDate !== undefined && !/^\d{4}(-\d\d(-\d\d)?)?$/.test(sent.birthDate))
    throw wrong('"birthDate" is no date', 'value');
  if (type === 'Appointment') checkAppointment(sent, wrong);
  return referencesIn(sent);
}

function checkAppointment(
  { status, start, end, participant }: Sent,
  wrong: (text: string, code?: string) => Refusal,
): void {
  if ((start === undefined) !== (end === undefined))
    throw wrong('app-2: either start and end, or neither', 'invariant');
  if (start === undefined && !['proposed', 'cancelled', 'waitlist'].includes(status))
    throw wrong('app-3: times are missing', 'invariant');
  for (const one of participant as { actor?: unknown; type?: unknown; status?: string }[]) {
    if (one.actor === undefined && one.type === undefined) throw wrong('app-1: a participant is somebody', 'invariant');
    if (!PARTICIPATION.includes(one.status ?? '')) throw wrong('unknown participation status', 'code-invalid');
  }
}

function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === 'reference' && typeof inner === 'string' && /^[A-Z]\w+\//.test(inner) ? [inner] : referencesIn(inner),
  );
}
