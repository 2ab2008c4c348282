import { formatInstant, Problem, type FieldError } from '../kernel/index.js';
import type { Fresh } from '../persistence/index.js';
import type { Patient } from './patient.schema.js';

/** The personal fields that a caller may give. */
export type PersonFields = Pick<
  Patient,
  | 'firstName'
  | 'lastName'
  | 'preferredName'
  | 'dateOfBirth'
  | 'phone'
  | 'email'
  | 'sex'
  | 'address'
  | 'preferredLanguage'
  | 'notes'
>;

/** Members that are undefined were not given. */
export type GivenPerson = { [K in keyof PersonFields]?: PersonFields[K] | undefined };

/** A new active patient with these fields. */
export function freshPatient(_id: string, person: GivenPerson): Fresh<Patient> {
  const fields: PersonFields = {
    firstName: person.firstName ?? '',
    lastName: person.lastName ?? '',
    preferredName: person.preferredName ?? null,
    dateOfBirth: person.dateOfBirth ?? '',
    phone: person.phone ?? null,
    email: person.email ?? null,
    sex: person.sex ?? null,
    address: person.address ?? null,
    preferredLanguage: person.preferredLanguage ?? null,
    notes: person.notes ?? null,
  };
  return {
    _id,
    ...fields,
    identity: identityOf(fields),
    pendingContacts: [],
    foreign: [],
    familyId: null,
    familyRole: 'self',
    consents: [],
    possibleDuplicateIds: [],
    status: 'active',
    mergedIntoId: null,
  };
}

export function identityOf({ firstName, lastName, dateOfBirth }: PersonFields): Patient['identity'] {
  return dateOfBirth === '' ? null : { firstName, lastName, dateOfBirth };
}

/** What a record may not be: out of reach, or born tomorrow. `nowMs` decides; at its latest zone the day is 14 hours on. */
export function checkPerson(person: Pick<PersonFields, 'phone' | 'email' | 'dateOfBirth'>, nowMs: number): void {
  const errors: FieldError[] = [];
  if (person.phone === null && person.email === null) {
    errors.push({ pointer: '/phone', code: 'required', detail: 'give a phone number or an e-mail address' });
  }
  const latest = formatInstant(nowMs + 14 * 3_600_000).slice(0, 10);
  if (person.dateOfBirth > latest || person.dateOfBirth < '1880-01-01') {
    errors.push({ pointer: '/dateOfBirth', code: 'range', detail: 'must be a day from 1880 to today' });
  }
  const first = errors[0];
  if (first) throw new Problem('invalid_request', `${first.pointer}: ${first.detail}`, { errors });
}

/** What is left of an erased patient: ids, states and consents, so that the book and the audit still add up. */
export const ERASED = {
  firstName: '',
  lastName: '',
  preferredName: null,
  dateOfBirth: '',
  phone: null,
  email: null,
  sex: null,
  address: null,
  preferredLanguage: null,
  notes: null,
  pendingContacts: [],
  identity: null,
  foreign: [],
  possibleDuplicateIds: [],
  status: 'erased',
} as const satisfies Partial<Patient>;
