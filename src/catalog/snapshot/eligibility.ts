import { ageOn, type LocalDate } from '../../kernel/index.js';
import type { Provider } from '../providers/provider.schema.js';
import { pairs } from '../reasons/pairing.js';
import { MARK_MINUTES, type PatientType, type Reason } from '../reasons/reason.schema.js';
import type { CatalogSnapshot, Frozen } from './snapshot.js';

export interface Visitor {
  patientType: PatientType;
  /** While it is not known (absent or empty), rules of age are not applied. */
  dateOfBirth?: LocalDate | undefined;
  /** The day on which the age counts: of the visit, or today while it is not chosen. */
  on: LocalDate;
}

/** The active reasons that this person may book, in their order. */
export function eligibleReasons<R extends Frozen<Reason>>(reasons: readonly R[], visitor: Visitor): R[] {
  const age = visitor.dateOfBirth ? ageOn(visitor.dateOfBirth, visitor.on) : undefined;
  return reasons.filter(
    ({ active, patientTypes, minAge, maxAge }) =>
      active &&
      patientTypes.includes(visitor.patientType) &&
      (age === undefined || ((minAge === null || age >= minAge) && (maxAge === null || age <= maxAge))),
  );
}

/** A provider who can be booked for a reason, with the operatories to do it in. */
export interface Pairing {
  provider: Frozen<Provider>;
  /** In their order; at least one. */
  operatories: readonly CatalogSnapshot['operatories'][number][];
}

/** The active providers of a reason with their active operatories; those without any are left out. */
export function pairingsOf(reason: Frozen<Reason>, snapshot: CatalogSnapshot): Pairing[] {
  const chairs = snapshot.operatories.filter(({ active }) => active);
  return snapshot.providers
    .filter(({ _id, active }) => active && reason.providerIds.includes(_id))
    .map((provider) => ({ provider, operatories: chairs.filter((chair) => pairs(reason, provider, chair)) }))
    .filter(({ operatories }) => operatories.length > 0);
}

/** The providers with whom a reason can be booked, in their order. */
export function providersOf(reason: Frozen<Reason>, snapshot: CatalogSnapshot): Frozen<Provider>[] {
  return pairingsOf(reason, snapshot).map(({ provider }) => provider);
}

/** Length of a visit in minutes, chair time included. */
export function visitMinutes(reason: Pick<Reason, 'durationMinutes' | 'pattern'>): number {
  return reason.durationMinutes ?? (reason.pattern ?? '').length * MARK_MINUTES;
}
