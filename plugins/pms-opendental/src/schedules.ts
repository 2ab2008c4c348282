import {
  type LocalDate,
  type LocalInterval,
  type LocalTime,
  type PmsBlockout,
  type PmsHours,
  type PmsScheduleRecord,
  Unreadable,
} from '@openchair/plugin-kit';
import { dateOf, keyOf, refOf, type Row, textOf } from './rows.js';

/** A row of the schedules that takes time. */
export interface ScheduleRow {
  readonly id: string;
  readonly date: LocalDate;
  readonly span: LocalInterval;
  readonly operatories: readonly string[];
  /** Whose hours it is; undefined: it is a blockout. */
  readonly provider?: string;
  readonly type: string;
}

/** One row; none for what takes no time: notes, holidays, the hours of nobody. */
export function scheduleRowsOf(row: Row): ScheduleRow[] {
  const id = keyOf(row, 'ScheduleNum');
  const kind = textOf(row, 'SchedType');
  if (kind !== 'Provider' && kind !== 'Blockout') return [];
  const date = dateOf(row, 'SchedDate');
  if (date === undefined) throw new Unreadable('SchedDate', 'malformed');
  const span = spanOf(row);
  if (!span) return [];
  const provider = refOf(row, 'ProvNum');
  if (kind === 'Provider' && provider === undefined) return [];
  const type = textOf(row, 'blockoutType') || 'Blockout';
  return [
    { id, date, span, operatories: operatoriesOf(row), type, ...(kind === 'Provider' ? { provider: provider! } : {}) },
  ];
}

/** Whether a row is a blockout that names no operatory: it is for all of them. */
export function isEverywhere({ provider, operatories }: ScheduleRow): boolean {
  return provider === undefined && operatories.length === 0;
}

/**
 * The schedule of some days. Every provider's hours in each operatory are one record with its intervals in order; a blockout is
 * one record for each of its operatories. `everywhere`: the operatories that a blockout without any is for.
 */
export function scheduleRecords(rows: readonly ScheduleRow[], everywhere: readonly string[]): PmsScheduleRecord[] {
  const hours = new Map<string, Omit<PmsHours, 'intervals'> & { intervals: LocalInterval[] }>();
  const blockouts: PmsBlockout[] = [];
  for (const row of rows) {
    const { id, date, span, operatories, provider, type } = row;
    if (provider === undefined) {
      for (const operatoryForeignId of isEverywhere(row) ? everywhere : operatories)
        blockouts.push({
          kind: 'blockout',
          foreignId: `${id}-${operatoryForeignId}`,
          type,
          operatoryForeignId,
          date,
          ...span,
        });
      continue;
    }
    for (const operatoryForeignId of operatories.length > 0 ? operatories : [undefined]) {
      const place = {
        providerForeignId: provider,
        ...(operatoryForeignId === undefined ? {} : { operatoryForeignId }),
      };
      const key = `${date} ${provider} ${operatoryForeignId ?? ''}`;
      const record = hours.get(key) ?? { kind: 'hours', ...place, date, intervals: [] };
      record.intervals.push(span);
      hours.set(key, record);
    }
  }
  const merged = [...hours.values()].map((record) => ({ ...record, intervals: union(record.intervals) }));
  return [...merged, ...blockouts];
}

/** `"5,6"` */
function operatoriesOf(row: Row): string[] {
  const numbers = textOf(row, 'operatories').split(',');
  return numbers.map((number) => number.trim()).filter((number) => /^[1-9]\d*$/.test(number));
}

function spanOf(row: Row): LocalInterval | undefined {
  const [start, stop] = [timeOf(row, 'StartTime'), timeOf(row, 'StopTime')];
  const end = stop === '00:00' && start > '00:00' ? '24:00' : stop;
  return start < end ? { start, end } : undefined;
}

/** `08:00:00` as `08:00`; nothing stands for midnight. */
function timeOf(row: Row, field: string): LocalTime {
  const text = textOf(row, field);
  const time = text === '' ? '00:00' : text.slice(0, 5);
  if (!/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/.test(time)) throw new Unreadable(field, 'malformed');
  return time;
}

/** In order, without overlap; what touches is one. */
function union(intervals: readonly LocalInterval[]): LocalInterval[] {
  const apart: LocalInterval[] = [];
  for (const next of [...intervals].sort((a, b) => (a.start < b.start ? -1 : 1))) {
    const last = apart.at(-1);
    if (last && next.start <= last.end)
      apart.splice(-1, 1, { start: last.start, end: next.end > last.end ? next.end : last.end });
    else apart.push(next);
  }
  return apart;
}
