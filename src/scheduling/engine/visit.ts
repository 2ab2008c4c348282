import { normalise, type Intervals } from './intervals.js';
import type { Claim, ReasonRule, SlotCandidate } from './model.js';

/** Minutes that one mark of a pattern stands for. */
export const MINUTES_PER_MARK = 5;

/** The shape of a visit, in minutes since its start. */
export interface Visit {
  readonly duration: number;
  /** When the provider is needed; empty when the pattern has no `X`. */
  readonly providerRuns: Intervals;
}

/** The visit that a reason makes. Throws a RangeError that names a wrong pattern or duration. */
export function visitOf(rule: ReasonRule): Visit {
  const { pattern, durationMinutes } = rule;
  if (pattern === undefined) {
    if (!Number.isInteger(durationMinutes) || durationMinutes < 1) {
      throw new RangeError(`A visit of ${durationMinutes} minutes: give a whole number of at least 1`);
    }
    return { duration: durationMinutes, providerRuns: [{ start: 0, end: durationMinutes }] };
  }
  if (!/^[X/]+$/.test(pattern)) {
    throw new RangeError(`"${pattern}" is not a pattern: write one X or / for each ${MINUTES_PER_MARK} minutes`);
  }
  const marks = [...pattern].flatMap((mark, index) =>
    mark === 'X' ? [{ start: index * MINUTES_PER_MARK, end: (index + 1) * MINUTES_PER_MARK }] : [],
  );
  return { duration: pattern.length * MINUTES_PER_MARK, providerRuns: normalise(marks) };
}

/**
 * What a slot takes: the operatory for the whole visit, the provider for its `X` runs (the whole visit without a
 * pattern). Resources in `unguarded`, those that allow overlap, are left out.
 */
export function claimsOf(rule: ReasonRule, slot: SlotCandidate, unguarded: ReadonlySet<string> = new Set()): Claim[] {
  const ofProvider = visitOf(rule).providerRuns.map(({ start, end }) => ({
    resource: slot.providerId,
    start: slot.start + start,
    end: slot.start + end,
  }));
  const claims = [{ resource: slot.operatoryId, start: slot.start, end: slot.end }, ...ofProvider];
  return claims.filter(({ resource }) => !unguarded.has(resource));
}
