import { dateOfDayNumber, dayNumberOf, pad, type LocalDate } from './calendar.js';
import { periodAt, periodsBetween, tableOf, type ZoneId } from './database.js';

export const MINUTES_PER_DAY = 1440;
export const MS_PER_MINUTE = 60_000;
/** No zone is further than this from UTC (Manila was 15:56 west of it until 1844). */
export const FURTHEST_OFFSET = 16 * 60;

const LOCAL_SHAPE = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})$/;

/** A time as answers carry it (DESIGN §4). */
export interface TimeInAnswer {
  /** The instant in UTC: `2027-03-15T14:00:00Z`. */
  start: string;
  /** What the clock on the wall shows: `2027-03-15T09:00`. */
  local: string;
  /** IANA name of the zone. */
  zone: string;
}

/** Minutes since 1970 of an instant in milliseconds; throws a RangeError when it is not a number. */
function minuteOf(instantMs: number): number {
  if (!Number.isFinite(instantMs)) throw new RangeError(`${instantMs} is not an instant: give milliseconds since 1970`);
  return Math.floor(instantMs / MS_PER_MINUTE);
}

const hoursAndMinutes = (minutes: number): string => `${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;

/** Minutes since 1970 as `YYYY-MM-DDTHH:mm`. */
function formatMinute(minute: number): string {
  const dayNumber = Math.floor(minute / MINUTES_PER_DAY);
  return `${dateOfDayNumber(dayNumber)}T${hoursAndMinutes(minute - dayNumber * MINUTES_PER_DAY)}`;
}

/** The wall clock at an instant, as minutes since 1970-01-01T00:00 on that clock. */
function localMinute(zone: ZoneId, instantMs: number): number {
  return minuteOf(instantMs) + offsetAt(zone, instantMs);
}

/** Minutes east of UTC at an instant (milliseconds since 1970). Whole minutes; rounded for local mean time before 1972. */
export function offsetAt(zone: ZoneId, instantMs: number): number {
  const table = tableOf(zone);
  return table.offsets[periodAt(table, minuteOf(instantMs))] ?? 0;
}

/** The date on the wall at an instant. */
export function localDateOf(zone: ZoneId, instantMs: number): LocalDate {
  return dateOfDayNumber(Math.floor(localMinute(zone, instantMs) / MINUTES_PER_DAY));
}

/** Date and time on the wall at an instant: `YYYY-MM-DDTHH:mm`. */
export const localTimeOf = (zone: ZoneId, instantMs: number): string => formatMinute(localMinute(zone, instantMs));

/**
 * The instants (milliseconds) at which the wall shows `YYYY-MM-DDTHH:mm`, earlier first: none in a spring gap,
 * two in an autumn overlap, else one. Throws a RangeError when the text is no such time.
 */
export function resolveWall(zone: ZoneId, localDateTime: string): number[] {
  const match = LOCAL_SHAPE.exec(localDateTime);
  const hours = Number(match?.[2]);
  const minutes = Number(match?.[3]);
  if (!match?.[1] || hours > 23 || minutes > 59) {
    throw new RangeError(`"${localDateTime}" is not a local time: write it as YYYY-MM-DDTHH:mm`);
  }
  return resolveWallMinute(zone, dayNumberOf(match[1]) * MINUTES_PER_DAY + hours * 60 + minutes).map(
    (minute) => minute * MS_PER_MINUTE,
  );
}

/**
 * The instant (milliseconds) at which a wall time is kept when the rules of its zone may have changed: of two, the one nearer
 * to `near`; in a gap, as much later as the clock jumps, as if it had not been put forward yet.
 */
export function wallAfter(zone: ZoneId, localDateTime: string, near: number): { instant: number; inGap: boolean } {
  const [first, second] = resolveWall(zone, localDateTime);
  if (first === undefined) {
    const wall = Date.parse(`${localDateTime}Z`);
    return { instant: wall - offsetAt(zone, wall - MINUTES_PER_DAY * MS_PER_MINUTE) * MS_PER_MINUTE, inGap: true };
  }
  const isNearer = second !== undefined && Math.abs(second - near) < Math.abs(first - near);
  return { instant: isNearer ? second : first, inGap: false };
}

/** `resolveWall` in minutes since 1970 on both sides. */
export function resolveWallMinute(zone: ZoneId, wall: number): number[] {
  const minutes: number[] = [];
  for (const period of periodsBetween(zone, wall - FURTHEST_OFFSET, wall + FURTHEST_OFFSET)) {
    const minute = wall - period.offset;
    if (minute >= period.start && minute < period.end) minutes.push(minute);
  }
  return minutes;
}

/** An instant in UTC with whole seconds, `2027-03-15T14:00:00Z`; a fraction of a second is dropped. */
export function formatInstant(instantMs: number): string {
  const minute = minuteOf(instantMs);
  const seconds = Math.floor((instantMs - minute * MS_PER_MINUTE) / 1000);
  return `${formatMinute(minute)}:${pad(seconds)}Z`;
}

/** An instant as answers carry it. */
export function timeInAnswer(zone: ZoneId, instantMs: number): TimeInAnswer {
  return { start: formatInstant(instantMs), local: localTimeOf(zone, instantMs), zone };
}
