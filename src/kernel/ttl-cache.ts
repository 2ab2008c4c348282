import { LRUCache } from 'lru-cache';
import type { Clock } from './clock.js';

/** Finds the answer of a key. Asked once for all who wait for the same key; a failure is not kept. */
type Load<V> = (key: string) => Promise<V>;

export interface TtlCacheOptions<V> {
  /** How long an answer is taken for true, in ms: the time after which other processes see a change at the latest. */
  ttlMs: number;
  /** Answers kept at once; the least recently used one leaves first. */
  max?: number;
  /** For keys that say all; otherwise `get` is told. */
  load?: Load<V>;
}

/** Answers that are asked for with every request and may be some seconds old; "there is none" is kept too. */
export class TtlCache<V> {
  private readonly kept: LRUCache<string, { value: V }, Load<V>>;
  private readonly load: Load<V>;

  constructor(clock: Clock, { ttlMs, max = 10_000, load = unknown }: TtlCacheOptions<V>) {
    this.load = load;
    this.kept = new LRUCache<string, { value: V }, Load<V>>({
      max,
      ttl: ttlMs,
      ttlResolution: 0,
      perf: clock,
      // Who waits for a load gets its answer even when the key is forgotten meanwhile; it is then not kept.
      ignoreFetchAbort: true,
      fetchMethod: async (key, _stale, { context }) => ({ value: await context(key) }),
    });
  }

  async get(key: string, load: Load<V> = this.load): Promise<V> {
    const found = await this.kept.fetch(key, { context: load });
    if (!found) throw new Error('a loader of a cache gave no answer');
    return found.value;
  }

  /** What was changed in this process is read afresh at once. */
  forget(key: string): void {
    this.kept.delete(key);
  }

  clear(): void {
    this.kept.clear();
  }
}

function unknown(key: string): never {
  throw new Error(`nobody says how to find ${key}`);
}
