/** A document with the revision that a conditional write names. */
export interface StoredDocument<T = unknown> {
  readonly key: string;
  readonly value: T;
  /** Rises by one with every write of this key; a key that never existed has 0. */
  readonly rev: number;
}

/** Condition of a write. `expectedRev: 0` means "only if there is no such key". Left out: write in any case. */
export interface WriteCondition {
  readonly expectedRev?: number;
}

/** Page of a listing: keys after `after`, at most `limit` (default 100, at most 1,000). */
export interface ListOptions {
  readonly after?: string;
  readonly limit?: number;
}

/**
 * A small persistent document store, private to one connection: sync cursors, outgoing references, the state of a
 * sandbox. Values are plain JSON of at most 1 MB; keys are 1–200 characters of `A-Z a-z 0-9 . _ : / -`.
 * Every operation on one key is atomic. PHI may be put in: the host encrypts what it stores.
 */
export interface PluginStore {
  /** The document, or null. */
  get<T = unknown>(key: string): Promise<StoredDocument<T> | null>;
  /** Writes and returns the new revision. Throws {@link StoreConflict} when `expectedRev` is not the present one. */
  put(key: string, value: unknown, condition?: WriteCondition): Promise<number>;
  /** Deletes; true when there was something. Throws {@link StoreConflict} as `put` does. */
  delete(key: string, condition?: WriteCondition): Promise<boolean>;
  /** Documents whose key starts with `prefix`, by key (code unit order). */
  list<T = unknown>(prefix: string, options?: ListOptions): Promise<StoredDocument<T>[]>;
}

/** Somebody else wrote the key first: read it again and decide anew. */
export class StoreConflict extends Error {
  override readonly name = 'StoreConflict';

  constructor(readonly key: string) {
    super(`the document "${key}" changed meanwhile`);
  }
}

/** Whether `error` is a {@link StoreConflict}, also from another copy of this package. */
export function isStoreConflict(error: unknown): error is StoreConflict {
  return (error as { name?: unknown } | null | undefined)?.name === 'StoreConflict';
}

/** Rules for keys, shared by every implementation of {@link PluginStore}. Throws a TypeError on a bad key. */
export function assertStoreKey(key: string): void {
  if (!/^[A-Za-z0-9._:/-]{1,200}$/.test(key)) {
    throw new TypeError('a store key is 1 to 200 characters of A-Z a-z 0-9 . _ : / -');
  }
}

/** A {@link PluginStore} in memory, for tests. Values are copied through JSON, as a real store does. */
export function memoryStore(): PluginStore {
  const documents = new Map<string, { json: string; rev: number }>();
  const check = (key: string, condition?: WriteCondition): number => {
    assertStoreKey(key);
    const rev = documents.get(key)?.rev ?? 0;
    if (condition?.expectedRev !== undefined && condition.expectedRev !== rev) throw new StoreConflict(key);
    return rev;
  };
  const read = <T>(key: string): StoredDocument<T> | null => {
    const found = documents.get(key);
    return found ? { key, value: JSON.parse(found.json) as T, rev: found.rev } : null;
  };
  return {
    async get<T>(key: string) {
      assertStoreKey(key);
      return read<T>(key);
    },
    async put(key, value, condition) {
      const rev = check(key, condition) + 1;
      documents.set(key, { json: JSON.stringify(value), rev });
      return rev;
    },
    async delete(key, condition) {
      check(key, condition);
      return documents.delete(key);
    },
    async list<T>(prefix: string, { after = '', limit = 100 }: ListOptions = {}) {
      const keys = [...documents.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
      return keys.slice(0, Math.min(limit, 1000)).map((key) => read<T>(key)!);
    },
  };
}
