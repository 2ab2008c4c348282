import { type PmsProvider, Unreadable } from '@openchair/plugin-kit';
import {
  type CodeableConcept,
  type ContactPoint,
  type HumanName,
  idOf,
  labelOf,
  type Practitioner,
  type PractitionerRole,
} from '../fhir/resources.js';

/** Codes that name a role: NUCC's taxonomy by its beginning, SNOMED CT whole. */
const ROLES: readonly [pattern: RegExp, role: PmsProvider['role']][] = [
  [/^(124Q|26042002$)/, 'hygienist'],
  [/^(1268|4162009$)/, 'assistant'],
  [/^(122300000X|1223G|106289002$)/, 'dentist'],
  [/^1223/, 'specialist'],
];
/** What people write where there is no code. */
const WORDS: readonly [pattern: RegExp, role: PmsProvider['role']][] = [
  [/hygien/i, 'hygienist'],
  [/assistant/i, 'assistant'],
  [/endodont|orthodont|periodont|prosthodont|(oral|maxillofacial) surge|pa?ediatric dent/i, 'specialist'],
  [/dentist|dental surgeon|general dent/i, 'dentist'],
];

/** A person who is scheduled. Everything that scheduling does not need (identifiers, birth date, licences) stays behind. */
export function providerOf(
  person: Practitioner,
  roles: readonly PractitionerRole[],
  isOperatory: (id: string) => boolean,
): PmsProvider {
  if (person.id === undefined) throw new Unreadable('id', 'missing');
  const { firstName, lastName, suffix } = nameOf(person.name);
  const held = roles.filter(({ active }) => active !== false);
  const concepts = held.flatMap(({ code, specialty }) => [...(specialty ?? []), ...(code ?? [])]);
  const specialty = held
    .flatMap((role) => role.specialty ?? [])
    .map(labelOf)
    .find((label) => label !== undefined);
  const email = contactOf(person.telecom, 'email');
  const places = held.flatMap(({ location }) => location ?? []).flatMap((one) => idOf(one, 'Location') ?? []);
  return {
    foreignId: person.id,
    abbreviation: `${firstName.slice(0, 1)}${lastName.slice(0, 2)}`.toUpperCase() || person.id.slice(0, 3),
    firstName,
    lastName,
    ...(suffix === undefined ? {} : { suffix }),
    role: roleOf(concepts),
    ...(specialty === undefined ? {} : { specialty }),
    ...(email === undefined ? {} : { email }),
    operatoryForeignIds: [...new Set(places)].filter(isOperatory),
    active: person.active !== false,
  };
}

function roleOf(concepts: readonly CodeableConcept[]): PmsProvider['role'] {
  const codes = concepts.flatMap(({ coding }) => (coding ?? []).flatMap(({ code }) => code ?? []));
  const words = concepts.flatMap((concept) => labelOf(concept) ?? []);
  const match = (list: typeof ROLES, texts: readonly string[]) =>
    list.find(([pattern]) => texts.some((text) => pattern.test(text)))?.[1];
  return match(ROLES, codes) ?? match(WORDS, words) ?? 'other';
}

/** The name a person goes by: not a former or a temporary one, when there is another. */
export function nameOf(names: readonly HumanName[] | undefined): {
  firstName: string;
  lastName: string;
  suffix?: string;
} {
  const order = ['official', 'usual', undefined, 'nickname', 'anonymous', 'temp', 'old', 'maiden'];
  const rank = ({ use }: HumanName) => order.indexOf(use);
  const [name] = [...(names ?? [])].sort((a, b) => rank(a) - rank(b));
  const given = (name?.given ?? []).join(' ').trim();
  const family = name?.family?.trim() ?? '';
  const suffix = name?.suffix?.join(', ').trim();
  // A name that is one text: its last word is taken for the family's.
  const words = (name?.text ?? '').trim().split(/\s+/);
  const whole = given === '' && family === '';
  return {
    firstName: whole ? words.slice(0, -1).join(' ') : given,
    lastName: whole ? (words.at(-1) ?? '') : family,
    ...(suffix === undefined || suffix === '' ? {} : { suffix }),
  };
}

/** The preferred contact of a kind: lowest rank first, then mobile, then as listed; old ones never. */
export function contactOf(
  telecom: readonly ContactPoint[] | undefined,
  ...systems: readonly string[]
): string | undefined {
  const rank = ({ rank: told, use }: ContactPoint) => (told ?? 100) * 10 + (use === 'mobile' ? 0 : 1);
  return (telecom ?? [])
    .filter(
      ({ system, use, value }) =>
        systems.includes(system ?? '') && use !== 'old' && value !== undefined && value.trim() !== '',
    )
    .sort((a, b) => rank(a) - rank(b))[0]
    ?.value?.trim();
}
