import { addDays, invalid, type LocalDate } from '../../kernel/index.js';

/** How far from today a search may begin. */
const REACH_DAYS = 1_100;

/** The days that a search covers. */
export function range(from: LocalDate, days: number): LocalDate[] {
  return Array.from({ length: days }, (_, ahead) => addDays(from, ahead));
}

/** Where a search begins: `from`, or today. `invalid_request` for a day that no book has. */
export function firstDay(from: LocalDate | undefined, today: LocalDate): LocalDate {
  if (from === undefined) return today;
  const earliest = addDays(today, -REACH_DAYS);
  const latest = addDays(today, REACH_DAYS);
  if (from >= earliest && from <= latest) return from;
  throw invalid('/from', 'range', `Search between ${earliest} and ${latest}.`);
}
