import { visitOf, type Opening, type SlotCandidate } from '../engine/index.js';
import { seatsOf, Table, type Effort, type Member } from './table.js';

/**
 * How the visits of a group lie to each other.
 *
 * - `parallel`: all begin within the wait of the first one, side by side in several chairs.
 * - `adjacent`: one after the other, each at most the wait after the one before has ended.
 * - `together`: either of these, and what lies between: nobody is left without a visit of the group for longer than the wait.
 */
export const ARRANGEMENTS = ['parallel', 'adjacent', 'together'] as const;
export type Arrangement = (typeof ARRANGEMENTS)[number];

export interface GroupWish {
  readonly arrangement: Arrangement;
  readonly maxWaitMinutes: number;
}

/**
 * The groups of one day at one place: for each minute at which one can begin, the visits with which the whole is over
 * soonest, in the order of the members. By start. Members that are alike should be one object: then fewer ways are tried.
 * Starts at which more would have to be tried than the effort allows give the best that was found, if any.
 */
export function* groupsOfDay(
  members: readonly Member[],
  wish: GroupWish,
  effort: Effort,
): Generator<SlotCandidate[], void> {
  const starts = [...new Set(members.flatMap(({ openings }) => openings.map(({ start }) => start)))];
  for (const [at, first] of starts.sort((a, b) => a - b).entries()) {
    const group = new Search(members, wish, first, effort.share(starts.length - at)).run();
    if (group) yield group;
  }
}

/** Where the next visit may begin, both ends included. */
interface Window {
  from: number;
  to: number;
}

/** All ways to begin at one minute, the visits taken in the order of their starts; the best is kept. */
class Search {
  private readonly table: Table;
  private best: SlotCandidate[] | undefined;
  private bestEnd = Infinity;
  /** No group can be over earlier. */
  private readonly earliestEnd: number;

  constructor(
    private readonly members: readonly Member[],
    private readonly wish: GroupWish,
    private readonly first: number,
    private readonly effort: Effort,
  ) {
    this.table = new Table(members);
    const lengths = members.map(({ rule }) => visitOf(rule).duration);
    const least = wish.arrangement === 'adjacent' ? lengths.reduce((sum, one) => sum + one, 0) : Math.max(...lengths);
    this.earliestEnd = first + least;
  }

  run(): SlotCandidate[] | undefined {
    const { first } = this;
    const to = this.wish.arrangement === 'parallel' ? first + this.wish.maxWaitMinutes : Infinity;
    if (this.mayFit({ from: first, to })) this.next({ from: first, to: first }, { member: -1, start: first }, first);
    return this.best;
  }

  /** False: not everybody has an opening, or all are there at one moment and have too few operatories. */
  private mayFit(window: Window): boolean {
    const near = this.members.map(({ openings }) => openingsIn(openings, window));
    if (near.some(({ length }) => length === 0)) return false;
    const shortest = Math.min(...this.members.map(({ rule }) => visitOf(rule).duration));
    if (window.to - window.from >= shortest) return true;
    const operatories = new Set(near.flat().flatMap(({ operatoryIds }) => operatoryIds));
    return operatories.size >= this.members.length;
  }

  /** `before`: the visit that was placed last; `end`: when all visits up to now are over. */
  private next(window: Window, before: { member: number; start: number }, end: number): void {
    if (this.table.size === this.members.length) {
      this.best = this.table.slots();
      this.bestEnd = end;
      return;
    }
    for (const [member, { openings }] of this.members.entries()) {
      if (this.table.has(member) || this.comesLater(member)) continue;
      for (const opening of openingsIn(openings, window)) {
        // Visits that begin together are taken in the order of the members: each set of them once.
        if (member < before.member && opening.start === before.start) continue;
        if (!this.tryOpening(member, opening, end)) return;
      }
    }
  }

  /** Of members that are all alike the earlier ones have the earlier visits: each set of visits is tried once. */
  private comesLater(member: number): boolean {
    return this.members.some((one, at) => at < member && one === this.members[member] && !this.table.has(at));
  }

  /** False: enough has been tried. */
  private tryOpening(member: number, opening: Opening, end: number): boolean {
    const over = Math.max(end, opening.end);
    if (over >= this.bestEnd || !this.table.hasTime(member, opening)) return true;
    for (const slot of seatsOf(opening)) {
      if (!this.effort.spend()) return false;
      if (!this.table.place(member, slot)) continue;
      this.next(this.windowAfter(opening, over), { member, start: opening.start }, over);
      this.table.undo();
      if (this.bestEnd === this.earliestEnd) return false;
      if (over >= this.bestEnd) break;
    }
    return true;
  }

  private windowAfter({ start }: Opening, end: number): Window {
    const { arrangement, maxWaitMinutes } = this.wish;
    if (arrangement === 'parallel') return { from: start, to: this.first + maxWaitMinutes };
    return { from: arrangement === 'adjacent' ? end : start, to: end + maxWaitMinutes };
  }
}

function openingsIn(openings: readonly Opening[], { from, to }: Window): readonly Opening[] {
  return openings.slice(firstFrom(openings, from), firstFrom(openings, to + 1));
}

/** The place of the first opening that starts at `minute` or later. */
function firstFrom(openings: readonly Opening[], minute: number): number {
  let low = 0;
  let high = openings.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((openings[middle] as Opening).start < minute) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Up to `count` of them, evenly over the whole, the first and the last one included. */
export function spread<T>(all: readonly T[], count: number): T[] {
  if (all.length <= count) return [...all];
  const step = count > 1 ? (all.length - 1) / (count - 1) : 0;
  return Array.from({ length: count }, (_, place) => all[Math.round(place * step)] as T);
}
