import type { LocalDate } from '../../kernel/index.js';
import type { DayInput, Opening, SlotCandidate } from './model.js';
import { DayPlan } from './plan.js';

/**
 * The slots of one local day: at each start, for each provider who is free, the first of its operatories that is free
 * too, and the first assistant when the reason needs one. By start, then in the order of the providers. Lazy: stop
 * reading and it stops working.
 *
 * Throws a RangeError for a rule that cannot be met (step, duration, pattern, buffers or assist).
 */
export function slotsOfDay(input: DayInput): Generator<SlotCandidate> {
  return new DayPlan(input).slots();
}

/**
 * The slots of one local day before anything is chosen: each start with each provider who is free, and all operatories
 * and assists that are. `onePerStart` is passed over. Throws as `slotsOfDay` does.
 */
export function openingsOfDay(input: DayInput): Generator<Opening> {
  return new DayPlan(input, true).openings();
}

/** The first slot of the days, which are read in turn and no further than needed; undefined when they have none. */
export function firstSlot(days: Iterable<DayInput>): { date: LocalDate; slot: SlotCandidate } | undefined {
  for (const day of days) {
    for (const slot of slotsOfDay(day)) return { date: day.date, slot };
  }
  return undefined;
}
