import { addDays, weekdayOf, type LocalDate } from '../../kernel/index.js';

/** Monday of the week. */
export function weekStart(date: LocalDate): LocalDate {
  return addDays(date, -((weekdayOf(date) + 6) % 7));
}
