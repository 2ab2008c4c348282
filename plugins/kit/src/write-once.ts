import { createHash } from 'node:crypto';
import type { PluginDeps } from './deps.js';
import { Retryable, toFailure } from './errors.js';
import { isStoreConflict, type StoredDocument } from './store.js';

/** What is remembered of a write. */
export interface WrittenOnce<About = unknown> {
  /** The vendor's id of what was made; left out until it is known. */
  readonly id?: string;
  /** What the caller needs to look for it. */
  readonly about: About;
}

interface Entry<About> extends WrittenOnce<About> {
  /** `asked`: nobody has heard the answer yet; `unheard`: it is known that nobody will. */
  readonly state: 'asked' | 'unheard' | 'done';
  /** Epoch milliseconds. */
  readonly at: number;
}

/** How a write is done, and how it is found when its answer was lost. Both give the vendor's id. */
export interface OnceSteps {
  /** "Did you do it?": null when the vendor has nothing that bears our mark. */
  find(): Promise<string | null>;
  write(): Promise<string>;
}

/** So long may the answer to somebody else's request be under way. */
const GRACE_MS = 30_000;

/**
 * Makes records at vendors that know no idempotency key. Before a write is sent, the connection's store says that it will be;
 * whoever comes again under the same key asks the vendor for it before it is written anew. Calls at once in one process
 * share one write; in another process they are told to come again.
 */
export class WriteOnce<About = unknown> {
  private readonly running = new Map<string, Promise<string>>();

  /** @param kind goes in front of the keys in the store: `visit`, `patient`. */
  constructor(
    private readonly kind: string,
    private readonly deps: Pick<PluginDeps, 'store' | 'clock'>,
  ) {}

  /** What is known of a write under this reference, or null when none was ever begun. */
  async recall(reference: string): Promise<WrittenOnce<About> | null> {
    return (await this.entry(reference))?.value ?? null;
  }

  /** Remembers the id of a write that was found in another way. */
  async settle(reference: string, id: string, about: About): Promise<void> {
    await this.put(reference, { state: 'done', id, about });
  }

  /** The record that was made is void: the next write under this reference makes another one. */
  async forget(reference: string): Promise<void> {
    await this.deps.store.delete(this.keyOf(reference));
  }

  /** Does the write, or finds that it was done. Returns the vendor's id. Throws what the steps throw. */
  once(reference: string, about: About, steps: OnceSteps): Promise<string> {
    const running = this.running.get(reference);
    if (running) return running;
    const run = this.run(reference, about, steps).finally(() => this.running.delete(reference));
    this.running.set(reference, run);
    return run;
  }

  private async run(reference: string, about: About, steps: OnceSteps): Promise<string> {
    const known = await this.entry(reference);
    if (known?.value.id !== undefined) return known.value.id;
    if (known) {
      const found = await steps.find();
      if (found !== null) {
        await this.settle(reference, found, about);
        return found;
      }
      const isFresh = this.deps.clock.now() - known.value.at < GRACE_MS;
      if (known.value.state === 'asked' && isFresh) throw new Retryable('write_in_flight');
    }
    await this.claim(reference, about, known?.rev ?? 0);
    const id = await this.write(reference, about, steps);
    await this.settle(reference, id, about);
    return id;
  }

  private async claim(reference: string, about: About, expectedRev: number): Promise<void> {
    try {
      await this.put(reference, { state: 'asked', about }, expectedRev);
    } catch (error) {
      if (isStoreConflict(error)) throw new Retryable('write_in_flight');
      throw error;
    }
  }

  private async write(reference: string, about: About, steps: OnceSteps): Promise<string> {
    try {
      return await steps.write();
    } catch (error) {
      const { kind, outcome } = toFailure(error);
      // What surely was not done is forgotten: the next one need not look for it.
      if (kind === 'retryable' && outcome === 'unknown') await this.put(reference, { state: 'unheard', about });
      else await this.forget(reference);
      throw error;
    }
  }

  private entry(reference: string): Promise<StoredDocument<Entry<About>> | null> {
    return this.deps.store.get<Entry<About>>(this.keyOf(reference));
  }

  private async put(reference: string, entry: Omit<Entry<About>, 'at'>, expectedRev?: number): Promise<void> {
    const condition = expectedRev === undefined ? undefined : { expectedRev };
    await this.deps.store.put(this.keyOf(reference), { ...entry, at: this.deps.clock.now() }, condition);
  }

  private keyOf(reference: string): string {
    return `once/${this.kind}/${createHash('sha256').update(reference).digest('hex').slice(0, 32)}`;
  }
}
