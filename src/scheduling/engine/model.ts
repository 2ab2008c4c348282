import type { LocalDate, WallSegment } from '../../kernel/index.js';
import type { Interval } from './intervals.js';

/**
 * What the engine is told about one location and one local day. All times are whole minutes elapsed since that
 * day's first instant (DESIGN §5), so a day on which clocks change needs no special rule; lengths are minutes too.
 */

/** Time taken on a resource: an entry of the page, a hold that is still alive, an event from outside. */
export type Busy = Interval;

/** Time that the practice system sets aside, for visits of one type or for none. */
export interface Blockout extends Interval {
  readonly type: string;
}

/** A provider or an operatory on that day. */
export interface DayResource {
  readonly id: string;
  /** Where it may work: practice hours ∩ its own hours − what is blocked out by the practice. In any order. */
  readonly hours: readonly Interval[];
  /** In any order; may overlap. */
  readonly busy: readonly Busy[];
  readonly blockouts: readonly Blockout[];
  /** Being busy does not close it ("Allow provider schedule overlap"); hours and blockouts still do. */
  readonly allowOverlap?: boolean;
}

export interface DayProvider extends DayResource {
  /** The operatories it works in, the preferred one first. One that is not in the input is passed over. */
  readonly operatoryIds: readonly string[];
}

/** What a reason for visit asks of a slot. */
export interface ReasonRule {
  /** Length of the visit; a pattern overrules it. */
  readonly durationMinutes: number;
  /** One mark per 5 minutes: `X` the provider is needed, `/` the chair alone. None: the provider stays throughout. */
  readonly pattern?: string;
  /** Visits start when the wall shows a multiple of this since 00:00. */
  readonly stepMinutes: number;
  /**
   * Types of blockout that are kept for this reason: its visits lie entirely within such blockouts of the provider or
   * the operatory. Empty: no such need. Blockouts of every other type close the resource they stand on.
   */
  readonly blockoutTypes: readonly string[];
  /** The operatories this reason may use; none given: all. */
  readonly operatoryIds?: readonly string[];
}

export interface DayInput {
  readonly date: LocalDate;
  readonly dayLengthMinutes: number;
  /** How the wall clock runs through the day: `wallSegments(zone, date)` of the kernel. */
  readonly wall: readonly WallSegment[];
  /** The present; negative on a day to come. No slot starts before it. */
  readonly now: number;
  /** Earliest start allowed (minimum notice); −Infinity: none. */
  readonly notBefore: number;
  /** Latest start allowed, included; Infinity: none. */
  readonly notAfter: number;
  /** In the order in which slots of the same start are given. */
  readonly providers: readonly DayProvider[];
  readonly operatories: readonly DayResource[];
  readonly rule: ReasonRule;
}

/** A visit that can be booked. */
export interface SlotCandidate {
  readonly providerId: string;
  readonly operatoryId: string;
  readonly start: number;
  readonly end: number;
}

/** Time to take on a resource. */
export interface Claim extends Interval {
  readonly resource: string;
}
