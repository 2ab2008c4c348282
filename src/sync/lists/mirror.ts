import { isDeepStrictEqual } from 'node:util';
import type { Filter, Fresh, ScopedCollection, TenantDocument, Update } from '../../persistence/index.js';

/** A row that stands for a record of the practice system. */
export interface Mirrored extends TenantDocument {
  /** The last reading that had the record. */
  round: number;
}

type Kept<T> = Fresh<T> & { _id: string; round: number };

/**
 * Makes rows of some records, all together: what is new is added, what differs is changed, and all bear the round of this
 * reading. Repeated after a crash, it writes the same again.
 */
export async function mirror<T extends Mirrored>(
  rows: ScopedCollection<T>,
  records: readonly Kept<T>[],
): Promise<void> {
  // A record that moved while the pages were read may come twice: the later one counts.
  const byId = new Map(records.map((record) => [record._id, record]));
  const found = await rows.find({ _id: { $in: [...byId.keys()] } } as unknown as Filter<T>);
  const known = new Map(found.map((row) => [row._id, row]));
  const fresh: Kept<T>[] = [];
  const changed: Kept<T>[] = [];
  const same: string[] = [];
  for (const [id, record] of byId) {
    const row = known.get(id);
    if (!row) fresh.push(record);
    else if (isEqual(row, record)) same.push(id);
    else changed.push(record);
  }
  await rows.insertMissing(fresh);
  await rows.updateEach(changed.map(({ _id: id, ...fields }) => ({ id, update: { $set: fields } as Update<T> })));
  const round = records[0]?.round;
  if (same.length > 0) {
    await rows.updateMany({ _id: { $in: same } } as unknown as Filter<T>, { $set: { round } } as unknown as Update<T>);
  }
}

function isEqual<T extends Mirrored>(row: T, record: Kept<T>): boolean {
  return Object.entries(record).every(
    ([name, value]) => name === 'round' || isDeepStrictEqual((row as Record<string, unknown>)[name] ?? null, value),
  );
}
