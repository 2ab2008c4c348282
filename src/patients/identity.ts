import type { LocalDate } from '../kernel/index.js';

/** What says who somebody is, as it was given. */
export interface Identity {
  firstName: string;
  lastName: string;
  dateOfBirth: LocalDate;
}

/**
 * A name for comparison: letters only, without accents, lower case, so that "José O'Neill" is "jose oneill". Scripts
 * without case or accents stay as they are.
 */
export function canonicalName(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/[^\p{L}]/gu, '')
    .toLowerCase();
}

export function canonicalEmail(email: string): string {
  return email.toLowerCase();
}

/** Last name and birth in one text; undefined when the name has no letter. */
export function canonicalNameAndBirth(identity: Pick<Identity, 'lastName' | 'dateOfBirth'>): string | undefined {
  const name = canonicalName(identity.lastName);
  return name === '' ? undefined : `${name}|${identity.dateOfBirth}`;
}

/** The same first and last name and date of birth, however they were spelt. */
export function samePerson(left: Identity, right: Identity): boolean {
  return (
    left.dateOfBirth === right.dateOfBirth &&
    canonicalName(left.firstName) === canonicalName(right.firstName) &&
    canonicalName(left.lastName) === canonicalName(right.lastName)
  );
}
