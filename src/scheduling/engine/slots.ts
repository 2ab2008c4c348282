import type { LocalDate, WallSegment } from '../../kernel/index.js';
import { keptStarts, operatoryStarts, providerStarts } from './free.js';
import { contains, intersect, normalise, type Interval, type Intervals } from './intervals.js';
import type { DayInput, DayProvider, DayResource, SlotCandidate } from './model.js';
import { visitOf } from './visit.js';

/** A provider's possible starts, and the operatories to try in order of preference. */
interface Candidate {
  readonly provider: DayProvider;
  readonly starts: Intervals;
  readonly chairs: readonly Chair[];
}

/** An operatory as one provider would use it; its starts are worked out when they are first asked for. */
interface Chair {
  readonly id: string;
  readonly starts: () => Intervals;
}

function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** The minutes of `range` at which the wall shows a multiple of `step`, in elapsed order. */
function* gridStarts(wall: readonly WallSegment[], range: Interval, step: number): Generator<number> {
  for (const { elapsedStart, wallStart, length } of wall) {
    const from = Math.max(range.start, elapsedStart);
    const to = Math.min(range.end, elapsedStart + length);
    const wallFrom = wallStart + from - elapsedStart;
    for (let start = from + Math.ceil(wallFrom / step) * step - wallFrom; start < to; start += step) yield start;
  }
}

/** The starts that the present, the notice and the horizon leave open. */
function openWindow(input: DayInput): Intervals {
  const start = Math.max(0, Math.ceil(input.now), Math.ceil(input.notBefore));
  const end = Math.min(input.dayLengthMinutes, Math.floor(input.notAfter) + 1);
  return start < end ? [{ start, end }] : [];
}

function candidatesOf(input: DayInput, window: Intervals): Candidate[] {
  const { rule, dayLengthMinutes } = input;
  const visit = visitOf(rule);
  const allowed = rule.operatoryIds && new Set(rule.operatoryIds);
  const operatories = new Map<string, { resource: DayResource; starts: () => Intervals }>();
  for (const resource of input.operatories) {
    if (allowed && !allowed.has(resource.id)) continue;
    operatories.set(resource.id, {
      resource,
      starts: lazily(() => operatoryStarts(resource, rule, visit, dayLengthMinutes)),
    });
  }
  return input.providers.map((provider) => ({
    provider,
    starts: intersect(window, providerStarts(provider, rule, visit, dayLengthMinutes)),
    chairs: provider.operatoryIds.flatMap((id) => {
      const operatory = operatories.get(id);
      if (!operatory) return [];
      if (rule.blockoutTypes.length === 0) return [{ id, starts: operatory.starts }];
      const kept = (): Intervals => keptStarts([provider, operatory.resource], rule, visit);
      return [{ id, starts: lazily(() => intersect(operatory.starts(), kept())) }];
    }),
  }));
}

/**
 * The slots of one local day: at each start, for each provider who is free, the first of its operatories that is free
 * too. By start, then in the order of the providers. Lazy: stop reading and it stops working.
 *
 * Throws a RangeError for a rule that cannot be met (step, duration or pattern).
 */
export function* slotsOfDay(input: DayInput): Generator<SlotCandidate> {
  const { rule } = input;
  if (!Number.isInteger(rule.stepMinutes) || rule.stepMinutes < 1) {
    throw new RangeError(`A step of ${rule.stepMinutes} minutes: give a whole number of at least 1`);
  }
  const { duration } = visitOf(rule);
  const candidates = candidatesOf(input, openWindow(input));
  for (const range of normalise(candidates.flatMap(({ starts }) => starts))) {
    for (const start of gridStarts(input.wall, range, rule.stepMinutes)) {
      const instant = { start, end: start + 1 };
      for (const { provider, starts, chairs } of candidates) {
        if (!contains(starts, instant)) continue;
        const chair = chairs.find((each) => contains(each.starts(), instant));
        if (chair) yield { providerId: provider.id, operatoryId: chair.id, start, end: start + duration };
      }
    }
  }
}

/** The first slot of the days, which are read in turn and no further than needed; undefined when they have none. */
export function firstSlot(days: Iterable<DayInput>): { date: LocalDate; slot: SlotCandidate } | undefined {
  for (const day of days) {
    for (const slot of slotsOfDay(day)) return { date: day.date, slot };
  }
  return undefined;
}
