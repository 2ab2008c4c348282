import type { SlotCandidate } from '../engine/index.js';
import { Table, type Effort, type VisitTerms } from './table.js';

/** A slot that could be one of a series. Its minutes are counted from one instant that all of them have in common. */
export interface SeriesSlot extends SlotCandidate {
  /** Minutes that the wall clock shows at its start. */
  readonly wall: number;
}

/** One visit of a series after the first. */
export interface SeriesStep {
  /** Days from the visit before, give or take the tolerance; at least one day lies between two visits. */
  readonly afterDays: number;
  readonly toleranceDays: number;
  /** What is free on a day; days are numbered one by one. */
  readonly slotsOn: (day: number) => DaySlots;
}

/** The slots of one day, looked up by provider and wall time. */
export class DaySlots {
  private readonly byProvider = new Map<string, SeriesSlot[]>();

  constructor(readonly slots: readonly SeriesSlot[]) {
    for (const slot of [...slots].sort((a, b) => a.wall - b.wall)) {
      const known = this.byProvider.get(slot.providerId);
      if (known) known.push(slot);
      else this.byProvider.set(slot.providerId, [slot]);
    }
  }

  /** The one that is most like `wanted`: of the same provider if there is any, then nearest in wall time. */
  nearest(wanted: SeriesSlot): SeriesSlot | undefined {
    const own = this.byProvider.get(wanted.providerId);
    const choices = own ? [own] : [...this.byProvider.values()];
    let best: SeriesSlot | undefined;
    for (const slots of choices) {
      const after = slots.findIndex(({ wall }) => wall >= wanted.wall);
      const around = after < 0 ? slots.slice(-1) : slots.slice(Math.max(0, after - 1), after + 1);
      for (const slot of around) if (!best || apart(slot, wanted) < apart(best, wanted)) best = slot;
    }
    return best;
  }
}

/** Visits one after the other, and how far they are from being all alike: a series that costs less is better. */
export interface Series {
  readonly cost: number;
  readonly slots: readonly SeriesSlot[];
}

/** What one visit with another provider weighs against days, and a day against minutes: more than all of them together. */
const OTHER_PROVIDER = 1e9;
const OTHER_DAY = 1e5;

/**
 * The series that begins with `first` on `day` and keeps most to it: fewest visits with another provider, then fewest days
 * off the weekday that the plan gives, then nearest to its time of day. Undefined when a visit finds no slot, two of
 * the best series stand in each other's way, or the effort is spent.
 */
export function seriesFrom(
  first: SeriesSlot,
  day: number,
  steps: readonly SeriesStep[],
  terms: readonly VisitTerms[],
  effort: Effort,
): Series | undefined {
  let paths = new Map<number, Series>([[day, { cost: 0, slots: [first] }]]);
  let planned = day;
  for (const step of steps) {
    planned += step.afterDays;
    paths = stepped(paths, step, first, planned, effort);
  }
  const best = [...paths.values()].reduce<Series | undefined>(cheaper, undefined);
  return best && fits(best.slots, terms) ? best : undefined;
}

/** The best series to each day that the next visit can have. */
function stepped(
  paths: ReadonlyMap<number, Series>,
  { afterDays, toleranceDays, slotsOn }: SeriesStep,
  first: SeriesSlot,
  planned: number,
  effort: Effort,
): Map<number, Series> {
  const next = new Map<number, Series>();
  const found = new Map<number, SeriesSlot | undefined>();
  for (const [from, path] of paths) {
    for (let day = from + Math.max(1, afterDays - toleranceDays); day <= from + afterDays + toleranceDays; day++) {
      if (!found.has(day)) found.set(day, effort.spend() ? slotsOn(day).nearest(first) : undefined);
      const slot = found.get(day);
      if (!slot) continue;
      const stranger = slot.providerId === first.providerId ? 0 : OTHER_PROVIDER;
      const cost = path.cost + stranger + Math.abs(day - planned) * OTHER_DAY + apart(slot, first);
      const known = next.get(day);
      if (!known || cost < known.cost) next.set(day, { cost, slots: [...path.slots, slot] });
    }
  }
  return next;
}

export function cheaper(best: Series | undefined, other: Series): Series {
  return best && best.cost <= other.cost ? best : other;
}

function apart(a: SeriesSlot, b: SeriesSlot): number {
  return Math.abs(a.wall - b.wall);
}

/** Visits on days that follow each other may meet in their buffers; all of them count against limits. */
function fits(slots: readonly SeriesSlot[], terms: readonly VisitTerms[]): boolean {
  const table = new Table(terms);
  return slots.every((slot, place) => table.place(place, slot));
}
