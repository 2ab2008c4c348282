import { addDays, dayStart, localTimeOf, resolveWall, type LocalDate, type ZoneId } from '../../kernel/index.js';
import type { PracticeSettings } from './practice-settings.js';

const MINUTE_MS = 60_000;

/** Epoch ms at which patients may be written to again; `now` itself outside the quiet hours. By the clock of the zone. */
export function quietUntil(
  { quietFrom: from, quietUntil: until }: Pick<PracticeSettings['messages'], 'quietFrom' | 'quietUntil'>,
  zone: ZoneId,
  now: number,
): number {
  const local = localTimeOf(zone, now);
  const [today, time] = [local.slice(0, 10), local.slice(11)];
  const overNight = from > until;
  const begun = time >= from;
  const isQuiet = overNight ? begun || time < until : begun && time < until;
  return isQuiet ? instantOf(zone, overNight && begun ? addDays(today, 1) : today, until) : now;
}

/** Of a wall time that the clocks skip: as many minutes after midnight. */
function instantOf(zone: ZoneId, date: LocalDate, time: string): number {
  const [hours, minutes] = time.split(':').map(Number) as [number, number];
  const known = hours < 24 ? resolveWall(zone, `${date}T${time}`)[0] : dayStart(zone, addDays(date, 1));
  return known ?? dayStart(zone, date) + (hours * 60 + minutes) * MINUTE_MS;
}
