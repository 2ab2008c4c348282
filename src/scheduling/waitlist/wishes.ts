import { localTimeOf, weekdayOf, zoneId, type LocalDate } from '../../kernel/index.js';

const MINUTE_MS = 60_000;

export const DAY_PARTS = ['morning', 'afternoon', 'evening'] as const;
export type DayPart = (typeof DAY_PARTS)[number];

export const PRIORITIES = ['urgent', 'normal'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** The wall time at which the later parts of a day begin. */
const AFTERNOON = '12:00';
const EVENING = '17:00';

/** When and with whom a waiting patient would come. What is null, or no part of the day at all, leaves it open. */
export interface Wishes {
  providerId: string | null;
  locationId: string | null;
  /** Local days, both included. */
  from: LocalDate;
  to: LocalDate;
  dayParts: readonly DayPart[];
  weekdays: readonly number[] | null;
  noticeMinutes: number;
}

/** A time that could be offered. */
export interface FreeTime {
  providerId: string;
  locationId: string;
  /** Epoch ms. */
  start: number;
  /** IANA zone of the location. */
  zone: string;
}

/**
 * How many wishes the patient named that this time meets (provider, location, weekday, part of the day), or null when it
 * does not meet all: what a patient names is what they can do. `now`: epoch ms.
 */
export function fitOf(wishes: Wishes, time: FreeTime, now: number): number | null {
  if (time.start < now + wishes.noticeMinutes * MINUTE_MS) return null;
  const local = localTimeOf(zoneId(time.zone), time.start);
  const date = local.slice(0, 10);
  if (date < wishes.from || date > wishes.to) return null;
  const named = [
    wishes.providerId === null ? null : wishes.providerId === time.providerId,
    wishes.locationId === null ? null : wishes.locationId === time.locationId,
    wishes.weekdays === null ? null : wishes.weekdays.includes(weekdayOf(date)),
    wishes.dayParts.length === 0 ? null : wishes.dayParts.includes(dayPartOf(local.slice(11))),
  ].filter((met) => met !== null);
  return named.includes(false) ? null : named.length;
}

/** `time`: wall time `HH:mm`. */
export function dayPartOf(time: string): DayPart {
  if (time < AFTERNOON) return 'morning';
  return time < EVENING ? 'afternoon' : 'evening';
}
