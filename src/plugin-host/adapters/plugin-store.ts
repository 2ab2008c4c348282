import {
  assertStoreKey,
  StoreConflict,
  type ListOptions,
  type PluginStore,
  type StoredDocument,
  type WriteCondition,
} from '@openchair/plugin-kit';
import type { TenantScope } from '../../kernel/index.js';
import { isDuplicateKey, type Filter, type ScopedCollection } from '../../persistence/index.js';
import type { PluginRecord, PluginRecords } from './plugin-record.repository.js';

const VALUE_LIMIT = 1_000_000;
const PAGE_LIMIT = 1_000;
/** Comes after every character that a key may have. */
const BEYOND_KEYS = '~';

/** The store of one connection in the database: sealed values, and one conditional write for each change (law 1). */
export class DatabaseStore implements PluginStore {
  private readonly records: ScopedCollection<PluginRecord>;

  constructor(
    records: PluginRecords,
    scope: TenantScope,
    private readonly connectionId: string,
  ) {
    this.records = records.forTenant(scope);
  }

  async get<T = unknown>(key: string): Promise<StoredDocument<T> | null> {
    const found = await this.records.findById(this.idOf(key));
    return found ? documentOf<T>(found) : null;
  }

  async put(key: string, value: unknown, { expectedRev }: WriteCondition = {}): Promise<number> {
    const _id = this.idOf(key);
    assertValue(value);
    for (;;) {
      if (expectedRev !== 0) {
        const where = expectedRev === undefined ? {} : { rev: expectedRev };
        const written = await this.records.update(_id, { $set: { value }, $inc: { rev: 1 } }, where);
        if (written) return written.rev;
        if (expectedRev !== undefined) throw new StoreConflict(key);
      }
      try {
        return (await this.records.insert({ _id, connectionId: this.connectionId, key, value, rev: 1 })).rev;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        // Somebody else made it first: without a condition, their document is the one to write over.
        if (expectedRev === 0) throw new StoreConflict(key);
      }
    }
  }

  async delete(key: string, { expectedRev }: WriteCondition = {}): Promise<boolean> {
    const _id = this.idOf(key);
    if (expectedRev === undefined) return this.records.remove(_id);
    if (expectedRev === 0) {
      if (await this.records.exists({ _id })) throw new StoreConflict(key);
      return false;
    }
    if ((await this.records.removeMany({ _id, rev: expectedRev })) === 0) throw new StoreConflict(key);
    return true;
  }

  async list<T = unknown>(prefix: string, { after, limit = 100 }: ListOptions = {}): Promise<StoredDocument<T>[]> {
    const from = after !== undefined && after >= prefix ? { $gt: after } : { $gte: prefix };
    const filter = { connectionId: this.connectionId, key: { ...from, $lt: `${prefix}${BEYOND_KEYS}` } };
    const most = Math.max(1, Math.min(limit, PAGE_LIMIT));
    const found = await this.records.find(filter as Filter<PluginRecord>, { sort: { key: 1 }, limit: most });
    return found.map((record) => documentOf<T>(record));
  }

  private idOf(key: string): string {
    assertStoreKey(key);
    return `${this.connectionId}:${key}`;
  }
}

function documentOf<T>({ key, value, rev }: PluginRecord): StoredDocument<T> {
  return { key, value: value as T, rev };
}

/** Plain JSON of at most 1 MB. */
function assertValue(value: unknown): void {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError('a stored value must be plain JSON');
  if (Buffer.byteLength(text) > VALUE_LIMIT) throw new TypeError('a stored value may have at most 1 MB');
}
