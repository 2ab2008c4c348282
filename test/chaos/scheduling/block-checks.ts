import { PLACING, takenOn, type Stored } from './book-checks.js';
import { groupBy } from './group-by.js';
import type { Operation } from './history.js';

/**
 * Nobody is booked into time that was set apart before: whoever stands in a block got there first, and a block that
 * refuses to hit anybody hits nobody. Holds never stand in one.
 */
export function checkBlocks(stored: Stored, operations: readonly Operation[], now: number): string[] {
  const found = new Set<string>();
  const made = new Map(
    operations.flatMap((one) => (one.kind.startsWith('block') ? [[one.subject, one] as const] : [])),
  );
  const placed = groupBy(
    operations.filter(({ state }) => state !== null),
    ({ subject }) => subject,
  );
  const history = new Map(stored.appointments.map((one) => [String(one._id), one.history]));
  const isOver = ({ status }: { status: string }) => ['completed', 'no_show'].includes(status);
  const over = new Set(stored.appointments.filter((one) => isOver(one)).map(({ _id }) => String(_id)));
  for (const [blockId, kind, ref] of meetings(stored, now)) {
    const block = made.get(blockId);
    if (!block) continue;
    if (kind === 'hold') found.add(`hold ${ref} stands in block ${blockId}`);
    if (kind !== 'appointment') continue;
    // Who did not come, or has left, is in nobody's way.
    if (over.has(ref)) continue;
    const lines = history.get(ref) ?? [];
    const last = lines.findLast(({ what }: { what: string }) => PLACING.includes(what));
    if (last?.channel === 'pms') continue;
    const start = stored.appointments.find(({ _id }) => String(_id) === ref)?.start;
    const came = (placed.get(ref) ?? []).filter(
      ({ kind, state }) => /^book|^resch/.test(kind) && state?.start === start,
    );
    if (came.every(({ asked }) => asked > block.answered)) found.add(`${ref} was booked into ${blockId} afterwards`);
    if (block.kind === 'block (refuse)' && came.some(({ answered }) => answered < block.asked))
      found.add(`${blockId} was not to hit anybody, but hit ${ref}`);
  }
  return [...found];
}

/** Blocks with whom they meet, minute by minute; one of a whole place meets everybody there. */
function* meetings({ pages, zones }: Stored, now: number): Generator<[block: string, kind: string, ref: string]> {
  const all = [...takenOn(pages, zones, now)].map((taken) => {
    const [place, resource, minute] = taken.key.split(' ') as [string, string, string];
    return { ...taken, resource, at: `${place} ${minute}`, whole: place === resource && zones.has(place) };
  });
  const blocks = groupBy(
    all.filter(({ kind }) => kind === 'block'),
    ({ at }) => at,
  );
  for (const { at, resource, kind, ref } of all) {
    if (kind === 'block') continue;
    for (const block of blocks.get(at) ?? [])
      if (block.whole || block.resource === resource) yield [block.ref, kind, ref];
  }
}
