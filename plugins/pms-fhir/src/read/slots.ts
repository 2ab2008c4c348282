import type { Call } from '@openchair/plugin-kit';
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

/** A Slot in time; null for what cannot be read and what was entered in error. */
export function timedSlot(slot: Slot): TimedSlot | null {
  const [start, end] = [instantOf(slot.start), instantOf(slot.end)];
  const { status } = slot;
  if (start === undefined || end === undefined || end <= start || status === undefined || status === 'entered-in-error')
    return null;
  return { slot, status, start, end };
}

/** The Slots of some Schedules that touch a span. */
export async function slotsOf(
  client: FhirClient,
  call: Call,
  schedules: readonly Schedule[],
  span: Span,
): Promise<TimedSlot[]> {
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
  return [...found.values()].flatMap((slot) => {
    const timed = timedSlot(slot);
    return timed && overlaps(timed, span) ? timed : [];
  });
}
