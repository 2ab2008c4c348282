import type { LocalDate, WallSegment } from '../../kernel/index.js';
import type { Interval } from './intervals.js';

/**
 * What the engine is told about one location and one local day. All times are whole minutes elapsed since that
 * day's first instant (DESIGN §5), so a day on which clocks change needs no special rule; lengths are minutes too.
 * Times of the days before and after are negative or beyond the day's length.
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

/** A provider, or one shift of a provider who works in other operatories at other hours: then the id stands there twice. */
export interface DayProvider extends DayResource {
  /** The operatories it works in, the preferred one first. One that is not in the input is passed over. */
  readonly operatoryIds: readonly string[];
}

/** Time kept free around a visit. The patient does not see it; the book takes it with the visit. */
export interface Buffers {
  readonly before: number;
  readonly after: number;
  /** Whose time it is. A provider's buffers touch the first and the last minute in which the visit needs the provider. */
  readonly on: 'provider' | 'operatory' | 'both';
  /** True: a buffer may lie outside hours and in blockouts, it only needs time that nothing has taken. */
  readonly pastHours: boolean;
}

/** A second provider who comes in for some minutes, such as the dentist's exam in a hygienist's visit. */
export interface AssistRule {
  readonly minutes: number;
  /** Minutes since the visit's start between which it lies. It begins a multiple of 5 minutes after `from`. */
  readonly from: number;
  readonly to: number;
}

/** Who may come. */
export interface Audience {
  readonly patientTypes: readonly string[];
  /** Whole years, both ends included; null: no such end. */
  readonly minAge: number | null;
  readonly maxAge: number | null;
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
  readonly buffers?: Buffers;
  readonly assist?: AssistRule;
  readonly audience?: Audience;
  /**
   * A start that leaves the provider a free rest of less than this, before or after the visit, is not offered as long as
   * the same stretch of free time has another start that does not. 0 or none: no such preference.
   */
  readonly minGapMinutes?: number;
}

/** Visits counted against a limit. It is used up when as many are taken as it allows. */
export interface Quota {
  readonly scope: 'location' | 'reason' | 'provider';
  readonly per: 'day' | 'week';
  readonly max: number;
  readonly taken: number;
  /** Whose limit it is, when `scope` is `provider`. */
  readonly providerId?: string;
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
  /** Once the present has reached this minute of the day, the day is closed; none: it never is. */
  readonly cutoff?: number;
  /** Starts outside of these are not wanted; none given: all are. In any order. */
  readonly wanted?: readonly Interval[];
  /** What is known of the patient: rules on what is not known are not applied. */
  readonly patient?: { readonly type?: string; /** On this day. */ readonly age?: number };
  readonly quotas?: readonly Quota[];
  /** In the order in which slots of the same start are given. */
  readonly providers: readonly DayProvider[];
  /** Who may assist, the preferred one first. The provider of a visit never assists in it. */
  readonly assistants?: readonly DayResource[];
  readonly operatories: readonly DayResource[];
  /** Each start is given once, with the first of the providers who can take it. */
  readonly onePerStart?: boolean;
  readonly rule: ReasonRule;
}

/** The minutes in which a second provider comes in. */
export interface Assist {
  readonly providerId: string;
  readonly start: number;
  readonly end: number;
}

/** A visit that can be booked. */
export interface SlotCandidate {
  readonly providerId: string;
  readonly operatoryId: string;
  readonly start: number;
  readonly end: number;
  readonly assist?: Assist;
}

/** Time to take on a resource. */
export interface Claim extends Interval {
  readonly resource: string;
  /** The resource only assists. */
  readonly assists?: true;
}

/** A start that a provider can take, with all that the visit could have: for visits that must go together. */
export interface Opening extends Interval {
  readonly providerId: string;
  /** The operatories that are free, the preferred one first; one at least. */
  readonly operatoryIds: readonly string[];
  /** The assists that are free, the preferred one first; none when the visit needs none. */
  readonly assists: readonly Assist[];
}
