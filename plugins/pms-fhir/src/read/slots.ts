import { type Call, type Readings, readRecords, Unreadable } from '@openchair/plugin-kit';
import type { FhirClient } from '../fhir/client.js';
import { instantOf, type Schedule, type Slot, toInstant } from '../fhir/resources.js';
import { overlaps, type Span } from './wall.js';

const DAY_MS = 86_400_000;
/** Slots are looked for by their start alone: a longest one of a day, and absences of three months. */
const LONGEST_MS = DAY_MS;
const LONGEST_ABSENCE_MS = 92 * DAY_MS;
const SLOTS_PER_PAGE = 500;
const SCHEDULES_PER_QUERY = 20;

/** A Slot with its times as instants. */
export interface TimedSlot extends Span {
  readonly slot: Slot;
  readonly status: string;
}

/** Taken by somebody, or about to be. */
export function isTaken({ status }: TimedSlot): boolean {
  return status === 'busy' || status === 'busy-tentative';
}

/** Slots in time, but those that were entered in error. */
export function timedSlots(slots: readonly Slot[]): Readings<TimedSlot> {
  return readRecords(
    slots,
    (slot) => (slot.status === 'entered-in-error' ? [] : [timedSlot(slot)]),
    ({ id }) => id,
  );
}

function timedSlot(slot: Slot): TimedSlot {
  const [start, end] = [instantOf(slot.start), instantOf(slot.end)];
  const { status } = slot;
  if (start === undefined) throw new Unreadable('start', 'malformed');
  if (end === undefined || end <= start) throw new Unreadable('end', 'malformed');
  if (status === undefined) throw new Unreadable('status', 'missing');
  return { slot, status, start, end };
}

/** The Slots of some Schedules that touch a span. */
export async function slotsOf(
  client: FhirClient,
  call: Call,
  schedules: readonly Schedule[],
  span: Span,
): Promise<Readings<TimedSlot>> {
  const ids = schedules.map(({ id }) => `Schedule/${id}`);
  const found = new Map<string, Slot>();
  const ask = async (schedule: string, from: number, to: number, status?: string) => {
    const start = [`ge${toInstant(from)}`, `lt${toInstant(to)}`];
    const query = { schedule, start, _count: SLOTS_PER_PAGE, ...(status === undefined ? {} : { status }) };
    for (const slot of await client.all<Slot>(call, 'Slot', query)) found.set(slot.id ?? '', slot);
  };
  for (let at = 0; at < ids.length; at += SCHEDULES_PER_QUERY) {
    const schedule = ids.slice(at, at + SCHEDULES_PER_QUERY).join(',');
    await ask(schedule, span.start - LONGEST_MS, span.end);
    await ask(schedule, span.start - LONGEST_ABSENCE_MS, span.start - LONGEST_MS, 'busy-unavailable');
  }
  const { records, unreadable } = timedSlots([...found.values()]);
  return { records: records.filter((timed) => overlaps(timed, span)), unreadable };
}
