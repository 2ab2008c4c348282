import type { NewPmsAppointment, PmsAppointment } from '@openchair/plugin-kit';

/** A visit as the sandbox keeps it: a record plus the instant since which it is in the book. */
export interface Visit extends PmsAppointment {
  readonly enteredAt: number;
  /** As it was before its last change: what a reader who is behind still sees. */
  readonly before?: PmsAppointment;
}

/** Where and when a visit is. Instants in epoch milliseconds. */
export type Place = Pick<NewPmsAppointment, 'providerForeignId' | 'operatoryForeignId' | 'start' | 'end' | 'pattern'>;

interface Claim {
  readonly resource: string;
  readonly start: number;
  readonly end: number;
}

const MARK = 300_000;

/** The operatory for the whole visit, the provider for each run of `X` marks. */
function claimsOf(place: Place): Claim[] {
  const claims: Claim[] = [{ resource: `o${place.operatoryForeignId}`, start: place.start, end: place.end }];
  const resource = `p${place.providerForeignId}`;
  if (place.pattern === undefined) return [...claims, { resource, start: place.start, end: place.end }];
  for (const run of place.pattern.matchAll(/X+/g)) {
    const start = place.start + run.index * MARK;
    claims.push({ resource, start, end: start + run[0].length * MARK });
  }
  return claims;
}

/** Whether two places want the same provider or operatory at the same time. */
export function overlaps(one: Place, other: Place): boolean {
  const wanted = claimsOf(one);
  return claimsOf(other).some((claim) =>
    wanted.some((want) => want.resource === claim.resource && want.start < claim.end && want.end > claim.start),
  );
}

/** Whether a visit takes up time in the book at `now`. */
export function isLive(visit: Visit, now: number): boolean {
  const gone = visit.status === 'cancelled' || visit.status === 'missed' || visit.status === 'deleted';
  return !gone && visit.enteredAt <= now;
}

/** The visit with `changes`, which remembers what it was. */
export function changed({ before: _before, ...visit }: Visit, changes: Partial<Visit>): Visit {
  const { enteredAt: _enteredAt, ...record } = visit;
  return { ...visit, ...changes, before: record };
}

/** The visit as it stood at `instant`; null when it was not in the book then. */
export function asOf(visit: Visit, instant: number): Visit | null {
  if (visit.enteredAt > instant) return null;
  return visit.updatedAt > instant && visit.before ? { ...visit.before, enteredAt: visit.enteredAt } : visit;
}

/** The record that a pull shows: a visit that is over has been completed. */
export function recordOf({ enteredAt: _enteredAt, before: _before, ...visit }: Visit, now: number): PmsAppointment {
  if (visit.status !== 'scheduled' || visit.end > now) return visit;
  return { ...visit, status: 'completed', updatedAt: Math.max(visit.updatedAt, visit.end) };
}
