import { Refusal, type Stored } from './outcome.js';

/** Names and values of a search, in the order in which they were sent. */
export type Parameters = readonly (readonly [name: string, value: string])[];

type Kind = 'token' | 'reference' | 'instant' | 'date' | 'string';
interface Definition {
  readonly kind: Kind;
  readonly of: (resource: Stored) => readonly string[];
}

/** Values of a path through a resource: `name.family`; lists are gone through. */
const path =
  (text: string) =>
  (resource: Stored): string[] => {
    let values: unknown[] = [resource];
    for (const name of text.split('.')) {
      values = values.flatMap((value) => (value as Record<string, unknown> | undefined)?.[name] ?? []);
    }
    return values.map(String);
  };
const tokens =
  (text: string) =>
  (resource: Stored): string[] => {
    const [systems, values] = [
      path(`${text}.system`)(resource),
      path(`${text}.${text === 'identifier' ? 'value' : 'code'}`)(resource),
    ];
    return values.map((value, at) => `${systems[at] ?? ''}|${value}`);
  };
const contact = (system: string) => (resource: Stored) =>
  ((resource.telecom ?? []) as { system?: string; value?: string }[]).flatMap((one) =>
    one.system === system ? [`|${one.value}`] : [],
  );
const token = (text: string): Definition => ({ kind: 'token', of: tokens(text) });
const code = (text: string): Definition => ({
  kind: 'token',
  of: (resource) => path(text)(resource).map((one) => `|${one}`),
});
const reference = (text: string): Definition => ({ kind: 'reference', of: path(`${text}.reference`) });
const instant = (text: string): Definition => ({ kind: 'instant', of: path(text) });
const string = (text: string): Definition => ({ kind: 'string', of: path(text) });

const COMMON: Readonly<Record<string, Definition>> = {
  _id: code('id'),
  _lastUpdated: instant('meta.lastUpdated'),
  identifier: token('identifier'),
};
const DEFINITIONS: Readonly<Record<string, Readonly<Record<string, Definition>>>> = {
  Appointment: {
    date: instant('start'),
    actor: reference('participant.actor'),
    patient: reference('participant.actor'),
    practitioner: reference('participant.actor'),
    location: reference('participant.actor'),
    slot: reference('slot'),
    status: code('status'),
  },
  Slot: { schedule: reference('schedule'), start: instant('start'), status: code('status') },
  Schedule: { actor: reference('actor'), active: code('active') },
  Patient: {
    birthdate: { kind: 'date', of: path('birthDate') },
    family: string('name.family'),
    given: string('name.given'),
    phone: { kind: 'token', of: contact('phone') },
    email: { kind: 'token', of: contact('email') },
    active: code('active'),
  },
  Practitioner: { name: string('name.family'), active: code('active') },
  PractitionerRole: {
    practitioner: reference('practitioner'),
    location: reference('location'),
    active: code('active'),
  },
  Location: { name: string('name'), status: code('status') },
  Device: { status: code('status') },
  HealthcareService: { name: string('name'), active: code('active') },
  Organization: { name: string('name'), type: token('type.coding'), active: code('active') },
};
const SORTS = ['_id', '_lastUpdated', 'date', 'start'];
/** How a result is given, not what is in it. */
const RESULT_PARAMETERS = ['_count', '_sort', '_offset'];

/** Refuses what a strict server refuses: unknown parameters, unreadable values. */
export function checkParameters(type: string, parameters: Parameters): void {
  const known = DEFINITIONS[type];
  if (!known) throw new Refusal(404, 'not-supported', `${type} is not supported`);
  for (const [name, value] of parameters) {
    const wrong = () => new Refusal(400, 'invalid', `the value of ${name} cannot be read`);
    const definition = known[name] ?? COMMON[name];
    if (name === '_count' || name === '_offset') {
      if (!/^\d{1,5}$/.test(value)) throw wrong();
    } else if (name === '_sort') {
      if (!SORTS.includes(value.replace(/^-/, ''))) throw wrong();
    } else if (!definition) throw new Refusal(400, 'not-supported', `${type} has no search parameter ${name}`);
    else if (value === '') throw wrong();
    else if (
      definition.kind === 'instant' &&
      !/^(ge|gt|le|lt|eq)?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value)
    )
      throw wrong();
    else if (definition.kind === 'date' && !/^\d{4}-\d\d-\d\d$/.test(value)) throw wrong();
    else if (definition.kind === 'reference' && value.split(',').some((one) => !/^[A-Z]\w+\/[A-Za-z0-9.-]+$/.test(one)))
      throw wrong();
  }
}

/** Whether a resource is found: all parameters, any of the values of each. */
export function matches(type: string, resource: Stored, parameters: Parameters): boolean {
  return parameters.every(([name, value]) => {
    if (RESULT_PARAMETERS.includes(name)) return true;
    const { kind, of } = (DEFINITIONS[type]?.[name] ?? COMMON[name])!;
    const values = of(resource);
    if (kind === 'instant') return values.some((one) => compares(one, value));
    const wanted = value.split(/(?<!\\),/).map((one) => one.replace(/\\([\\,|$])/g, '$1'));
    return wanted.some((one) => values.some((own) => equals(kind, own, one)));
  });
}

function equals(kind: Kind, own: string, wanted: string): boolean {
  if (kind === 'string') return fold(own).startsWith(fold(wanted));
  if (kind === 'token') return wanted.includes('|') ? own === wanted : own.slice(own.indexOf('|') + 1) === wanted;
  return own === wanted;
}

function compares(own: string, value: string): boolean {
  const prefix = /^[a-z]{2}/.exec(value)?.[0] ?? 'eq';
  const difference = Date.parse(own) - Date.parse(value.replace(/^[a-z]{2}/, ''));
  return (
    { ge: difference >= 0, gt: difference > 0, le: difference <= 0, lt: difference < 0 }[prefix] ?? difference === 0
  );
}

function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}
