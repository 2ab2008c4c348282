import { normalise, type Interval, type Intervals } from './intervals.js';
import type { Assist, Buffers, Claim, ReasonRule, SlotCandidate } from './model.js';

/** Minutes that one mark of a pattern stands for; an assistant comes in on a mark too. */
export const MINUTES_PER_MARK = 5;

/** The parts of a rule that say what a visit takes. */
export type VisitShape = Pick<ReasonRule, 'durationMinutes' | 'pattern' | 'buffers'>;

/** What a visit needs of one resource, in minutes since the visit's start. */
export interface Need {
  /** Time that must lie in hours, outside of what is closed. */
  readonly firm: Intervals;
  /** Time that nothing else may have taken; what the visit claims. Holds `firm`. */
  readonly whole: Intervals;
}

/** The shape of a visit, in minutes since its start. */
export interface Visit {
  readonly duration: number;
  /** When the provider is needed; empty when the pattern has no `X`. */
  readonly providerRuns: Intervals;
  readonly provider: Need;
  readonly operatory: Need;
}

/** A search asks for the same rule on every day. */
const known = new WeakMap<VisitShape, Visit>();

/** The visit that a reason makes. Throws a RangeError that names a wrong pattern, duration or buffer. */
export function visitOf(rule: VisitShape): Visit {
  const visit = known.get(rule) ?? newVisit(rule);
  known.set(rule, visit);
  return visit;
}

function newVisit(rule: VisitShape): Visit {
  const { buffers } = rule;
  if (buffers && ![buffers.before, buffers.after].every((each) => Number.isInteger(each) && each >= 0)) {
    throw new RangeError(`Buffers of ${buffers.before} and ${buffers.after} minutes: give whole numbers from 0`);
  }
  const duration = durationOf(rule);
  const providerRuns = providerRunsOf(rule, duration);
  return {
    duration,
    providerRuns,
    provider: needOf(providerRuns, buffers?.on === 'operatory' ? undefined : buffers),
    operatory: needOf([{ start: 0, end: duration }], buffers?.on === 'provider' ? undefined : buffers),
  };
}

function durationOf({ pattern, durationMinutes }: VisitShape): number {
  if (pattern === undefined) {
    if (Number.isInteger(durationMinutes) && durationMinutes >= 1) return durationMinutes;
    throw new RangeError(`A visit of ${durationMinutes} minutes: give a whole number of at least 1`);
  }
  if (/^[X/]+$/.test(pattern)) return pattern.length * MINUTES_PER_MARK;
  throw new RangeError(`"${pattern}" is not a pattern: write one X or / for each ${MINUTES_PER_MARK} minutes`);
}

function providerRunsOf({ pattern }: VisitShape, duration: number): Intervals {
  if (pattern === undefined) return [{ start: 0, end: duration }];
  const marks = [...pattern].flatMap((mark, index) =>
    mark === 'X' ? [{ start: index * MINUTES_PER_MARK, end: (index + 1) * MINUTES_PER_MARK }] : [],
  );
  return normalise(marks);
}

function needOf(runs: Intervals, buffers: Buffers | undefined): Need {
  if (!buffers) return { firm: runs, whole: runs };
  const last = runs.length - 1;
  const whole = runs.map(({ start, end }, index): Interval => ({
    start: index === 0 ? start - buffers.before : start,
    end: index === last ? end + buffers.after : end,
  }));
  return { firm: buffers.pastHours ? runs : whole, whole };
}

/** Where in a visit an assistant may begin, in minutes since the visit's start. Throws a RangeError when it nowhere fits. */
export function assistOffsets({ assist }: Pick<ReasonRule, 'assist'>, duration: number): number[] {
  if (!assist) return [];
  const { minutes, from, to } = assist;
  if (![minutes, from, to].every(Number.isInteger) || minutes < 1 || from < 0 || to > duration || from + minutes > to) {
    throw new RangeError(
      `An assist of ${minutes} minutes between ${from} and ${to} does not fit a visit of ${duration} minutes`,
    );
  }
  const offsets: number[] = [];
  for (let offset = from; offset + minutes <= to; offset += MINUTES_PER_MARK) offsets.push(offset);
  return offsets;
}

/**
 * What a slot takes: the operatory for the whole visit, the provider for its `X` runs (the whole visit without a
 * pattern), both with their buffers, and the second provider for the assist. Resources in `unguarded`, those that allow
 * overlap, are left out.
 */
export function claimsOf(
  rule: VisitShape,
  slot: Pick<SlotCandidate, 'providerId' | 'operatoryId' | 'start'> & { readonly assist?: Assist },
  unguarded: ReadonlySet<string> = new Set(),
): Claim[] {
  const { provider, operatory } = visitOf(rule);
  const claim =
    (resource: string) =>
    ({ start, end }: Interval): Claim => ({ resource, start: slot.start + start, end: slot.start + end });
  const claims = [
    ...operatory.whole.map(claim(slot.operatoryId)),
    ...provider.whole.map(claim(slot.providerId)),
    ...(slot.assist
      ? [{ resource: slot.assist.providerId, start: slot.assist.start, end: slot.assist.end, assists: true as const }]
      : []),
  ];
  return claims.filter(({ resource }) => !unguarded.has(resource));
}
