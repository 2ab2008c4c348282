import type { LocalInterval, LocalTime, PmsBlockout, PmsHours, PmsScheduleRecord } from '@openchair/plugin-kit';
import { dateOf, keyOf, refOf, type Row, textOf } from './rows.js';

/**
 * The schedule of some days. Every provider's hours in each operatory are one record with its intervals in order; a blockout is
 * one record for each of its operatories. `everywhere`: the operatories that a blockout without any is for.
 */
export function scheduleRecords(rows: readonly Row[], everywhere: readonly string[]): PmsScheduleRecord[] {
  const hours = new Map<string, Omit<PmsHours, 'intervals'> & { intervals: LocalInterval[] }>();
  const blockouts: PmsBlockout[] = [];
  for (const row of rows) {
    const date = dateOf(row, 'SchedDate');
    const span = spanOf(row);
    // Notes and holidays have no length.
    if (date === undefined || !span) continue;
    const operatories = operatoriesOf(row);
    const kind = textOf(row, 'SchedType');
    if (kind === 'Provider') {
      const providerForeignId = refOf(row, 'ProvNum');
      if (providerForeignId === undefined) continue;
      for (const operatoryForeignId of operatories.length > 0 ? operatories : [undefined]) {
        const place = { providerForeignId, ...(operatoryForeignId === undefined ? {} : { operatoryForeignId }) };
        const key = `${date} ${providerForeignId} ${operatoryForeignId ?? ''}`;
        const record = hours.get(key) ?? { kind: 'hours', ...place, date, intervals: [] };
        record.intervals.push(span);
        hours.set(key, record);
      }
    }
    if (kind === 'Blockout') {
      for (const operatoryForeignId of operatories.length > 0 ? operatories : everywhere) {
        const foreignId = `${keyOf(row, 'ScheduleNum')}-${operatoryForeignId}`;
        const type = textOf(row, 'blockoutType') || 'Blockout';
        blockouts.push({ kind: 'blockout', foreignId, type, operatoryForeignId, date, ...span });
      }
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
  const [start, stop] = [textOf(row, 'StartTime').slice(0, 5), textOf(row, 'StopTime').slice(0, 5)];
  const end = stop === '00:00' && start > '00:00' ? '24:00' : stop;
  return isTime(start) && isTime(end) && start < end ? { start, end } : undefined;
}

const isTime = (text: string): text is LocalTime => /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/.test(text);

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
