import type { Alternative, Call } from '@openchair/plugin-kit';
import type { Appointment } from '../fhir/resources.js';
import type { Span } from '../read/wall.js';
import type { Place } from './schedules.js';

/** A time at a place. */
export type Wanted = Place & Span;

/** How a server books: by what it offers itself, or by writing Slots and Appointments. `Conflict` when the time is taken. */
export interface Scheduling {
  /** Books a draft; the same reference at the same time makes one. */
  book(call: Call, draft: Appointment, wanted: Wanted, procedureCodes: readonly string[]): Promise<Appointment>;
  /** Moves an appointment as it was read a moment ago. */
  move(call: Call, appointment: Appointment, to: Wanted): Promise<Appointment>;
  /** Cancels an appointment as it was read a moment ago, and frees its time. */
  cancel(call: Call, appointment: Appointment): Promise<Appointment>;
  /** Free times near a wanted one, the nearest first; `moved`: the appointment that leaves its own. */
  alternatives(call: Call, wanted: Wanted, moved?: Appointment): Promise<Alternative[]>;
}

const MOST_ALTERNATIVES = 3;
const DAY_MS = 86_400_000;

/** Where alternatives are looked for: from now on, two days before and a week after. */
export function around({ start, end }: Span, now: number): Span {
  return { start: Math.max(now, start - 2 * DAY_MS), end: end + 7 * DAY_MS };
}

/** The nearest of some starts, as alternatives. */
export function nearest(
  starts: readonly number[],
  { start, end, providerForeignId, operatoryForeignId }: Wanted,
): Alternative[] {
  const distance = (at: number) => Math.abs(at - start);
  return [...new Set(starts)]
    .filter((at) => at !== start)
    .sort((a, b) => distance(a) - distance(b) || a - b)
    .slice(0, MOST_ALTERNATIVES)
    .map((at) => ({ start: at, end: at + end - start, providerForeignId, operatoryForeignId }));
}
