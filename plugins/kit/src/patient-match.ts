import type { PmsPatient } from './pms-records.js';
import type { PatientRequest } from './pms.js';

/** What decides whether a record is the person who books. */
export type PatientIdentity = Pick<
  PmsPatient,
  'foreignId' | 'firstName' | 'lastName' | 'dateOfBirth' | 'email' | 'phone' | 'active'
>;

/**
 * The record of `candidates` that is the person who books, or null when one is to be made. The rules, for every PMS:
 *
 * 1. First and last name must be the same, without regard to case, accents, hyphens, apostrophes and blanks.
 * 2. When both sides know the date of birth, it must be the same, and then that is enough.
 * 3. When one side does not know it, the phone number or the e-mail address must be the same too.
 * 4. A phone number or an address alone is never enough: families share them.
 * 5. Of several that fit: active before inactive, then one with the same phone or e-mail, then the one entered first (the
 *    lowest foreign id).
 *
 * Candidates that are deleted, merged into another record or deceased are the adapter's to leave out.
 */
export function matchPatient<T extends PatientIdentity>(candidates: readonly T[], request: PatientRequest): T | null {
  const fitting = candidates.filter((candidate) => isSame(candidate, request));
  const rank = (candidate: T): number => (candidate.active ? 0 : 2) + (sharesContact(candidate, request) ? 0 : 1);
  return fitting.sort((a, b) => rank(a) - rank(b) || byForeignId(a.foreignId, b.foreignId))[0] ?? null;
}

function isSame(candidate: PatientIdentity, request: PatientRequest): boolean {
  if (foldName(candidate.firstName) !== foldName(request.firstName)) return false;
  if (foldName(candidate.lastName) !== foldName(request.lastName)) return false;
  if (candidate.dateOfBirth !== undefined && request.dateOfBirth !== undefined) {
    return candidate.dateOfBirth === request.dateOfBirth;
  }
  return sharesContact(candidate, request);
}

function sharesContact({ phone, email }: PatientIdentity, request: PatientRequest): boolean {
  if (phone !== undefined && phone === request.phone) return true;
  return email !== undefined && email.toLowerCase() === request.email?.toLowerCase();
}

/** A name without case, accents, punctuation and blanks: `O’Brien-Núñez` and `obriennunez` are the same. */
export function foldName(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/[^\p{L}\p{N}]/gu, '')
    .toLowerCase();
}

/** Numbers by value, everything else as text. */
function byForeignId(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : Number(a > b));
}
