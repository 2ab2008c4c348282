import { randomUUID } from 'node:crypto';
import { Conflict } from '@openchair/plugin-kit';
import type { TransactionEntry } from '../fhir/bundles.js';
import { idOf, type Reference, type Schedule, type Slot, toInstant } from '../fhir/resources.js';
import type { TimedSlot } from '../read/slots.js';
import { overlaps, type Span, without } from '../read/wall.js';

/** What becomes of Slots, and which of them the visit then fills. */
export interface SlotPlan {
  readonly entries: readonly TransactionEntry[];
  readonly filled: readonly Reference[];
}

/**
 * Gives a visit the Slots it needs and frees those it leaves. Every Slot that changes bears the version it was read with, so that of
 * two who want it one is refused. Throws `Conflict` when one is taken, and when a Schedule with free Slots there does not cover the
 * visit; a Schedule with none gets a busy one.
 *
 * @param slots those that touch the visit, and those it fills so far.
 * @param own ids of those it fills so far.
 * @param visit its time; null: it is cancelled.
 */
export function planSlots(
  slots: readonly TimedSlot[],
  own: ReadonlySet<string>,
  schedules: readonly Schedule[],
  visit: Span | null,
): SlotPlan {
  const usable = slots.filter(({ slot, status }) => status === 'free' || own.has(slot.id ?? ''));
  const entries: TransactionEntry[] = [];
  const filled: Reference[] = [];
  if (visit && slots.some((one) => !usable.includes(one) && overlaps(one, visit))) throw new Conflict();
  const put = (slot: Slot, status: 'free' | 'busy', { start, end }: Span) => {
    const resource: Slot = { ...slot, status, start: toInstant(start), end: toInstant(end) };
    const fullUrl = slot.id === undefined ? `urn:uuid:${randomUUID()}` : undefined;
    entries.push({ resource, ...(fullUrl === undefined ? {} : { fullUrl }) });
    if (status === 'busy') filled.push({ reference: fullUrl ?? `Slot/${slot.id}` });
  };
  for (const timed of usable) {
    const { slot, status } = timed;
    if (!visit || !overlaps(timed, visit)) {
      if (status !== 'free') put(slot, 'free', timed);
      continue;
    }
    const inside = { start: Math.max(timed.start, visit.start), end: Math.min(timed.end, visit.end) };
    const rest = without(timed, [inside]);
    const { id: _id, meta: _meta, ...fresh } = slot;
    // The busy part keeps the id; one of ours that stays as it is needs no write.
    if (rest.length === 0 && status === 'busy') filled.push({ reference: `Slot/${slot.id}` });
    else put(slot, 'busy', inside);
    for (const part of rest) put(fresh, 'free', part);
  }
  for (const schedule of visit ? schedules : []) {
    const theirs = usable
      .filter(({ slot }) => idOf(slot.schedule, 'Schedule') === schedule.id)
      .filter((one) => overlaps(one, visit!));
    const open = without(visit!, theirs);
    if (open.length > 0 && theirs.length > 0) throw new Conflict([], 'outside_hours');
    if (open.length > 0)
      put({ resourceType: 'Slot', schedule: { reference: `Schedule/${schedule.id}` } }, 'busy', visit!);
  }
  return { entries, filled };
}
