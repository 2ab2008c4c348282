import { asObject, type LocalDate, type LocalInterval, type LocalTime, Unreadable } from '@openchair/plugin-kit';
import { dayNumber } from './days.js';
import { dateOf, refOf, type Row, textOf } from './rows.js';

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** A rule of NexHealth: who can be booked when. */
export interface WorkingHours extends LocalInterval {
  readonly id: string | undefined;
  readonly providerForeignId: string;
  readonly operatoryForeignId: string | undefined;
  /** Name of the kind of visit to which the time is set apart. */
  readonly label: string | undefined;
  /** Whether the rule holds on a day. */
  isOn(date: LocalDate): boolean;
}

/** Reads a rule; none for one of nobody, or of no time. Its times are wall time of the practice, as `GET` says. */
export function workingHoursOf(row: Row): WorkingHours[] {
  const providerForeignId = refOf(row['provider_id']);
  const [start, end] = [timeOf(row, 'begin_time'), timeOf(row, 'end_time')];
  const until = end === '00:00' ? '24:00' : end;
  if (providerForeignId === undefined || start >= until) return [];
  const recurrence = row['custom_recurrence'] == null ? undefined : asObject(row['custom_recurrence']);
  const only = dateOf(row['specific_date']);
  const days = Array.isArray(row['days']) ? (row['days'] as unknown[]) : [];
  return [
    {
      id: refOf(row['id']),
      providerForeignId,
      operatoryForeignId: refOf(row['operatory_id']),
      label: row['label'] == null ? undefined : textOf(asObject(row['label'])['name']),
      start,
      end: until,
      isOn: (date) => {
        if (only !== undefined) return date === only;
        if (recurrence && textOf(recurrence['unit']) !== undefined) return recurs(recurrence, date);
        return days.includes(WEEKDAYS[(dayNumber(date) + 4) % 7]);
      },
    },
  ];
}

/** Every `num` days, weeks or months, from the day `ref` on. A month without that day is left out. */
function recurs(recurrence: Row, date: LocalDate): boolean {
  const ref = dateOf(recurrence['ref']);
  const every = Number(recurrence['num']);
  if (ref === undefined || !(every >= 1) || date < ref) return false;
  const passed = dayNumber(date) - dayNumber(ref);
  if (recurrence['unit'] === 'day') return passed % every === 0;
  if (recurrence['unit'] === 'week') return passed % (7 * every) === 0;
  const monthOf = (day: LocalDate) => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7));
  return date.slice(8) === ref.slice(8) && (monthOf(date) - monthOf(ref)) % every === 0;
}

function timeOf(row: Row, field: string): LocalTime {
  const [, hours = '', minutes] = /^(\d{1,2}):(\d\d)(?::\d\d)?$/.exec(textOf(row[field]) ?? '') ?? [];
  if (minutes === undefined || Number(hours) > 24) throw new Unreadable(field, 'malformed');
  return `${hours.padStart(2, '0')}:${minutes}`;
}

/** Spans in order, those that touch or overlap joined. */
export function joined(spans: readonly LocalInterval[]): LocalInterval[] {
  const result: LocalInterval[] = [];
  for (const { start, end } of [...spans].sort((a, b) => (a.start < b.start ? -1 : 1))) {
    const last = result.at(-1);
    if (!last || last.end < start) result.push({ start, end });
    else if (last.end < end) result[result.length - 1] = { start: last.start, end };
  }
  return result;
}
