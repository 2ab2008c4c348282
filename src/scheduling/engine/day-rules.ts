import type { DayInput, Quota } from './model.js';

/** Rules on the whole day, before anybody's time is looked at. */

export type Misfit = 'patient_type' | 'age';

/** What keeps this patient from the reason on this day. */
export function misfitOf({ rule, patient }: Pick<DayInput, 'rule' | 'patient'>): Misfit | undefined {
  const { audience } = rule;
  if (!audience || !patient) return undefined;
  const { type, age } = patient;
  if (type !== undefined && !audience.patientTypes.includes(type)) return 'patient_type';
  if (age === undefined) return undefined;
  const { minAge, maxAge } = audience;
  return (minAge !== null && age < minAge) || (maxAge !== null && age > maxAge) ? 'age' : undefined;
}

/** True when it is too late to book for this day. */
export function isCutOff({ now, cutoff }: Pick<DayInput, 'now' | 'cutoff'>): boolean {
  return cutoff !== undefined && now >= cutoff;
}

/** The limits that are used up for a provider, those of the location and the reason included. */
export function usedUp({ quotas }: Pick<DayInput, 'quotas'>, providerId: string): Quota[] {
  return (quotas ?? []).filter(
    (quota) => quota.taken >= quota.max && (quota.scope !== 'provider' || quota.providerId === providerId),
  );
}

/** First and last start (included) that the present, the notice, the horizon and the day's end leave open. */
export function openWindow(input: DayInput, duration: number): { first: number; last: number } {
  return {
    first: Math.max(0, Math.ceil(input.now), Math.ceil(input.notBefore)),
    last: Math.min(input.dayLengthMinutes - duration, Math.floor(input.notAfter)),
  };
}
