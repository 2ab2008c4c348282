import type { ApiAnswer } from '../../harness/api.js';
import { groupBy } from './group-by.js';
import { occupies, type Stored } from './book-checks.js';
import type { Operation } from './history.js';

type Row = ApiAnswer['body'];

/** What may follow what when people do it; the practice system may do more. */
const LEGAL: Record<string, readonly string[]> = {
  requested: ['requested', 'booked', 'declined', 'expired', 'cancelled'],
  booked: ['booked', 'confirmed', 'arrived', 'in_chair', 'cancelled', 'no_show'],
  confirmed: ['booked', 'confirmed', 'arrived', 'in_chair', 'cancelled', 'no_show'],
  arrived: ['in_chair', 'completed', 'cancelled'],
  in_chair: ['completed'],
};

/** Each appointment's events are without a gap, its history is a legal path, and its last event is what it is now. */
export function checkEvents({ appointments, events }: Stored): string[] {
  const found: string[] = [];
  const bySubject = groupBy(events, ({ subject }) => String(subject.id));
  for (const one of appointments) {
    const id = String(one._id);
    const told = (bySubject.get(id) ?? []).sort((a, b) => a.sequence - b.sequence);
    const sequence = told.map(({ sequence }) => sequence);
    if (sequence.some((number, n) => number !== n + 1) || sequence.length !== one.version)
      found.push(`${id} at version ${one.version} has events ${sequence.join()}`);
    const last = told.at(-1)?.data;
    if (last && (last.status !== one.status || last.start !== one.start || last.providerId !== one.providerId))
      found.push(`${id} is ${one.status} at ${one.start}, its last event says ${last.status} at ${last.start}`);
    found.push(...pathOf(id, one.history));
    if (one.history.at(-1)?.to !== one.status) found.push(`${id} is ${one.status}, its history ends otherwise`);
  }
  for (const id of bySubject.keys())
    if (!appointments.some(({ _id }) => String(_id) === id)) found.push(`events of ${id}, which does not exist`);
  return found;
}

function pathOf(id: string, history: readonly Row[]): string[] {
  const found: string[] = [];
  let before: string | null = null;
  for (const { from, to, channel, what } of history) {
    if (from !== before) found.push(`${id}: the history goes on from ${from} after ${before}`);
    const legal: readonly string[] = before === null ? ['requested', 'booked'] : (LEGAL[before] ?? []);
    if (channel !== 'pms' && !legal.includes(to)) found.push(`${id}: ${what} led from ${before} to ${to}`);
    before = to;
  }
  return found;
}

/** What was acknowledged happened: once, in the order of the answers, and stands unless something later undid it. */
export function checkAnswers(
  { appointments, events, pages }: Stored,
  operations: readonly Operation[],
  overruled: readonly { start: number; end: number }[],
  now: number,
): string[] {
  const found: string[] = [];
  for (const { kind, status, code } of operations)
    if (status >= 500 || status === 0 || status === 400 || status === 401 || status === 403 || status === 429)
      found.push(`${kind} was answered with ${status} ${code ?? ''}`);
  const told = new Map(events.map((one) => [`${one.subject.id} ${one.sequence}`, one.data]));
  const acknowledged = operations.filter(({ state, subject }) => state !== null && subject !== null);
  for (const [id, all] of groupBy(acknowledged, ({ subject }) => subject as string)) {
    const inOrder = all
      .map((one) => ({ ...one, version: one.state!.version ?? 1 }))
      .sort((a, b) => a.version - b.version);
    for (const [n, one] of inOrder.entries()) {
      const event = told.get(`${id} ${one.version}`);
      const same =
        event?.status === one.state!.status &&
        event?.start === one.state!.start &&
        (one.state!.providerId === null || event?.providerId === one.state!.providerId);
      if (!same) found.push(`lost write: ${one.kind} of ${id} was acknowledged as version ${one.version}`);
      const next = inOrder[n + 1];
      if (next && next.version === one.version) found.push(`${id}: two writes were acknowledged as ${one.version}`);
      if (next && next.answered < one.asked)
        found.push(`${id}: ${next.kind} was answered before ${one.kind} was asked`);
    }
  }
  const made = new Set(acknowledged.map(({ subject }) => subject));
  for (const { _id } of appointments)
    if (!made.has(String(_id))) found.push(`${String(_id)} exists, but nobody was told of it`);
  const byHold = groupBy(appointments, ({ holdId }) => holdId as string | null);
  for (const [holdId, all] of byHold)
    if (holdId !== null && all.length > 1) found.push(`hold ${holdId} became ${all.length} appointments`);
  return [...found, ...checkHolds(operations, pages, byHold, overruled, now)];
}

function checkHolds(
  operations: readonly Operation[],
  pages: readonly Row[],
  byHold: ReadonlyMap<string | null, Row[]>,
  overruled: readonly { start: number; end: number }[],
  now: number,
): string[] {
  const found: string[] = [];
  const recorded = new Set(pages.flatMap(({ holds }) => holds.map(({ id }: Row) => id)));
  const standing = new Map<string, Operation['hold'] & object>();
  const gone = new Set<string>();
  for (const { kind, subject, hold, status } of operations) {
    if (hold && subject) standing.set(subject, hold);
    if (kind === 'release' && status === 204 && subject) gone.add(subject);
  }
  for (const id of gone) if (recorded.has(id)) found.push(`hold ${id} was released and stands`);
  // A visitor's new hold takes the place of the old one.
  const replaced = new Set(operations.filter(({ kind }) => kind === 'hold (visitor)').map(({ subject }) => subject));
  for (const [id, { expiresAt, start }] of standing) {
    if (gone.has(id) || replaced.has(id) || byHold.has(id) || recorded.has(id) || expiresAt <= now) continue;
    // The practice system is the truth, and staff may set time apart: both put an end to a hold.
    if (overruled.some((one) => one.start < start + 4 * 3_600_000 && one.end > start - 3_600_000)) continue;
    found.push(`lost claim: hold ${id} until ${new Date(expiresAt).toISOString()} is nowhere`);
  }
  for (const [holdId, all] of byHold)
    if (holdId !== null && gone.has(holdId) && all.some(occupies)) found.push(`hold ${holdId} was released and booked`);
  return found;
}
