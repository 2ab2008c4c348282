import { LRUCache } from 'lru-cache';
import type { Clock } from './clock.js';

export interface TtlCacheOptions<V> {
  /** How long an answer is taken for true, in ms: the time after which other processes see a change at the latest. */
  ttlMs: number;
  /** Answers kept at once; the least recently used one leaves first. */
  max?: number;
  /** Finds the answer of a key. Asked once for all who wait for the same key; a failure is not kept. */
  load(key: string): Promise<V>;
}

/** Answers that are asked for with every request and may be some seconds old; "there is none" is kept too. */
export class TtlCache<V> {
  private readonly kept: LRUCache<string, { value: V }>;

  constructor(clock: Clock, { ttlMs, max = 10_000, load }: TtlCacheOptions<V>) {
    this.kept = new LRUCache<string, { value: V }>({
      max,
      ttl: ttlMs,
      ttlResolution: 0,
      perf: clock,
      // Who waits for a load gets its answer even when the key is forgotten meanwhile; it is then not kept.
      ignoreFetchAbort: true,
      fetchMethod: async (key) => ({ value: await load(key) }),
    });
  }

  async get(key: string): Promise<V> {
    const found = await this.kept.fetch(key);
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
