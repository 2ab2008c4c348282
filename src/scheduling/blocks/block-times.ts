import {
  addDays,
  dayStart,
  daysBetween,
  wallIntervalToElapsed,
  weekdayOf,
  type LocalDate,
  type ZoneId,
} from '../../kernel/index.js';
import { minutesOf } from '../availability/hours.js';
import type { Block } from './block.schema.js';

const MINUTE_MS = 60_000;
const WHOLE_DAY = { startTime: '00:00', endTime: '24:00' };

export type BlockRule = Pick<Block, 'startDate' | 'endDate' | 'startTime' | 'endTime' | 'weekdays'>;

/**
 * The stretches of time that a block sets apart, as instants (epoch ms, half-open), by day. What falls into a spring gap is
 * cut off; an hour that comes twice in autumn is set apart twice.
 */
export function timesOfBlock(zone: ZoneId, rule: BlockRule): { from: number; to: number }[] {
  return daysOf(rule).flatMap(({ date, startTime, endTime }) =>
    wallIntervalToElapsed(zone, date, minutesOf(startTime), minutesOf(endTime)).map(([from, to]) => ({
      from: dayStart(zone, date) + from * MINUTE_MS,
      to: dayStart(zone, date) + to * MINUTE_MS,
    })),
  );
}

/** The wall times of each of its days. */
function daysOf({ startDate, endDate, startTime, endTime, weekdays }: BlockRule) {
  const days: { date: LocalDate; startTime: string; endTime: string }[] = [];
  for (let n = 0; n <= daysBetween(startDate, endDate); n += 1) {
    const date = addDays(startDate, n);
    if (weekdays && !weekdays.includes(weekdayOf(date))) continue;
    const first = weekdays !== null || date === startDate;
    const last = weekdays !== null || date === endDate;
    days.push({
      date,
      startTime: (first ? startTime : null) ?? WHOLE_DAY.startTime,
      endTime: (last ? endTime : null) ?? WHOLE_DAY.endTime,
    });
  }
  return days;
}
