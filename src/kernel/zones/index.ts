export { addDays, ageOn, daysBetween, isLocalDate, weekdayOf, type LocalDate } from './calendar.js';
export { isZone, listZones, TZDATA_VERSION, zoneId, type ZoneId } from './database.js';
export {
  dayLength,
  dayStart,
  elapsedToWall,
  wallIntervalToElapsed,
  wallSegments,
  wallToElapsed,
  type ElapsedOfWall,
  type WallSegment,
} from './days.js';
export { zoneDigests } from './digests.js';
export {
  formatInstant,
  localDateOf,
  localTimeOf,
  offsetAt,
  resolveWall,
  wallAfter,
  timeInAnswer,
  type TimeInAnswer,
} from './instants.js';
