import { dayNumberOf, type LocalDate } from './calendar.js';
import { periodsBetween, type ZoneId } from './database.js';
import { FURTHEST_OFFSET, MINUTES_PER_DAY, MS_PER_MINUTE, resolveWallMinute } from './instants.js';

/**
 * A local day as elapsed minutes since its first instant, and what the wall shows meanwhile. Days follow each
 * other without a hole: a day ends where the next one starts. (Where clocks went back at 00:01, as in St John's until
 * 2011, the evening that is repeated belongs to the new day here; no zone does so in the years that can be booked.)
 */

/** A stretch of a local day in which wall clock and elapsed time run side by side. All in minutes. */
export interface WallSegment {
  /** Since the day's first instant. */
  elapsedStart: number;
  /** Since 00:00 on the wall. */
  wallStart: number;
  length: number;
}

/** When a wall time happens on a day: once, never (spring gap), or twice (autumn overlap); elapsed minutes. */
export type ElapsedOfWall =
  { kind: 'one'; elapsed: number } | { kind: 'gap' } | { kind: 'two'; elapsed: [number, number] };

const wallMidnight = (date: LocalDate): number => dayNumberOf(date) * MINUTES_PER_DAY;

/** First minute (since 1970) at which the wall has reached a midnight (minutes since 1970 on the wall). */
function firstMinute(zone: ZoneId, midnight: number): number {
  for (const period of periodsBetween(zone, midnight - FURTHEST_OFFSET, Infinity)) {
    if (period.end + period.offset > midnight) return Math.max(period.start, midnight - period.offset);
  }
  throw new Error(`Damaged tz data: ${zone} ends`);
}

function checkWall(name: string, wallMinutes: number): void {
  if (!Number.isInteger(wallMinutes) || wallMinutes < 0 || wallMinutes > MINUTES_PER_DAY) {
    throw new RangeError(`${name} is ${wallMinutes}: give whole minutes since 00:00, from 0 to ${MINUTES_PER_DAY}`);
  }
}

/**
 * First instant (milliseconds) of a local day. A day whose midnight does not exist starts at its first instant that
 * does; a day that was skipped altogether (Apia, 2011-12-30) starts, and ends, where the next one starts.
 */
export const dayStart = (zone: ZoneId, date: LocalDate): number =>
  firstMinute(zone, wallMidnight(date)) * MS_PER_MINUTE;

/** Minutes in a local day: 1440, or 1380 and 1500 (Lord Howe 1410 and 1470) when clocks change; 0 if it was skipped. */
export function dayLength(zone: ZoneId, date: LocalDate): number {
  const midnight = wallMidnight(date);
  return firstMinute(zone, midnight + MINUTES_PER_DAY) - firstMinute(zone, midnight);
}

/** The stretches of constant offset of a local day in elapsed order: one on most days, none for a skipped day. */
export function wallSegments(zone: ZoneId, date: LocalDate): WallSegment[] {
  const midnight = wallMidnight(date);
  const start = firstMinute(zone, midnight);
  const end = firstMinute(zone, midnight + MINUTES_PER_DAY);
  const segments: WallSegment[] = [];
  for (const period of periodsBetween(zone, start, end - 1)) {
    const from = Math.max(period.start, start);
    const length = Math.min(period.end, end) - from;
    if (length > 0) segments.push({ elapsedStart: from - start, wallStart: from + period.offset - midnight, length });
  }
  return segments;
}

/**
 * Elapsed minutes since the day's first instant at which the wall shows `wallMinutes` since 00:00. 1440 is the end
 * of the day. Throws a RangeError unless it is a whole number from 0 to 1440.
 */
export function wallToElapsed(zone: ZoneId, date: LocalDate, wallMinutes: number): ElapsedOfWall {
  checkWall('The wall time', wallMinutes);
  if (wallMinutes === MINUTES_PER_DAY) return { kind: 'one', elapsed: dayLength(zone, date) };
  const midnight = wallMidnight(date);
  const start = firstMinute(zone, midnight);
  const [first, second] = resolveWallMinute(zone, midnight + wallMinutes);
  if (first === undefined) return { kind: 'gap' };
  if (second === undefined) return { kind: 'one', elapsed: first - start };
  return { kind: 'two', elapsed: [first - start, second - start] };
}

/**
 * What the wall shows at an elapsed minute of the day, and the offset then (minutes east of UTC). The end of the day
 * reads 1440 with the offset of its last minute. Throws a RangeError outside the day.
 */
export function elapsedToWall(
  zone: ZoneId,
  date: LocalDate,
  elapsed: number,
): { wallMinutes: number; offsetMinutes: number } {
  const segments = wallSegments(zone, date);
  const last = segments.at(-1);
  const length = last ? last.elapsedStart + last.length : 0;
  if (!Number.isInteger(elapsed) || elapsed < 0 || elapsed > length || !last) {
    throw new RangeError(`Minute ${elapsed} is not in ${date} in ${zone}: that day has ${length} minutes`);
  }
  const segment = segments.find((each) => elapsed < each.elapsedStart + each.length) ?? last;
  const wall = segment.wallStart + elapsed - segment.elapsedStart;
  const midnight = wallMidnight(date);
  const offsetMinutes = midnight + segment.wallStart - (firstMinute(zone, midnight) + segment.elapsedStart);
  return { wallMinutes: elapsed === length ? MINUTES_PER_DAY : wall, offsetMinutes };
}

/**
 * Recurring wall hours on one date as elapsed intervals, sorted and merged, ends exclusive. What falls into a spring
 * gap is cut off. An overlap hour inside the hours counts twice; hours that begin or end within it give two intervals.
 * Throws a RangeError unless 0 ≤ startWall ≤ endWall ≤ 1440.
 */
export function wallIntervalToElapsed(
  zone: ZoneId,
  date: LocalDate,
  startWall: number,
  endWall: number,
): [number, number][] {
  checkWall('The start of the hours', startWall);
  checkWall('The end of the hours', endWall);
  if (startWall > endWall) throw new RangeError(`Hours end (${endWall}) before they start (${startWall})`);
  const intervals: [number, number][] = [];
  for (const { elapsedStart, wallStart, length } of wallSegments(zone, date)) {
    const from = Math.max(startWall, wallStart) - wallStart + elapsedStart;
    const to = Math.min(endWall, wallStart + length) - wallStart + elapsedStart;
    if (from >= to) continue;
    const last = intervals.at(-1);
    if (last?.[1] === from) last[1] = to;
    else intervals.push([from, to]);
  }
  return intervals;
}
