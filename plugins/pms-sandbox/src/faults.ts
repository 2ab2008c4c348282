import { setTimeout as delay } from 'node:timers/promises';
import {
  type Call,
  type Page,
  type PluginStore,
  type PmsRead,
  RateLimited,
  Retryable,
  Unauthorized,
} from '@openchair/plugin-kit';
import type { SandboxConfig, SandboxFaults } from './config.js';
import type { SandboxList } from './seed/lists.js';
import { Random } from './seed/random.js';

/** Reserved key of the connection's store; what is in it takes the place of the configuration's `faults`. */
export const FAULTS_KEY = 'faults';

/** Switches faults of a running connection, for tests and demonstrations. `{}` turns everything off. */
export async function setFaults(store: PluginStore, faults: SandboxFaults): Promise<void> {
  await store.put(FAULTS_KEY, faults);
}

/** Stands before and after every call and does what the fault switches say. */
export class Gate {
  private readonly chance: Random;

  constructor(
    private readonly config: SandboxConfig,
    private readonly store: PluginStore,
  ) {
    this.chance = new Random(`${config.seed}/faults`);
  }

  /** Before a call. Throws when the fault switches or the deadline say so; nothing has happened then. */
  async enter({ signal }: Call): Promise<void> {
    signal.throwIfAborted();
    const faults = await this.faults();
    if (faults.latencyMs) await delay(faults.latencyMs, undefined, { signal });
    if (faults.unauthorized || this.config.accessKey === 'invalid') throw new Unauthorized('access_key_refused');
    if (faults.rateLimitedMs) throw new RateLimited(faults.rateLimitedMs);
    if (faults.down) throw new Retryable('pms_down', { outcome: 'not_done' });
    signal.throwIfAborted();
  }

  /** After a write that has been done. */
  async acknowledge(): Promise<void> {
    const { loseAcknowledgement, losePercent } = await this.faults();
    const lost = losePercent !== undefined && this.chance.below(100) < losePercent;
    if (loseAcknowledgement || lost) throw new Retryable('connection_reset');
  }

  /** How far reads lag behind, in milliseconds. */
  async lag(): Promise<number> {
    return (await this.faults()).staleMs ?? 0;
  }

  /** A page of a pull as the fault switches leave it. */
  async passed<T>(kind: PmsRead, page: Page<T>): Promise<Page<T>> {
    const { empty, unreadable } = await this.faults();
    if (empty) return { ...page, records: [] };
    const [first, ...others] = page.records;
    if (unreadable !== kind || first === undefined) return page;
    const { foreignId } = first as { foreignId?: string };
    const named = foreignId === undefined ? {} : { foreignId };
    return { ...page, records: others, unreadable: [{ ...named, field: 'start', reason: 'malformed' }] };
  }

  /** Before a list beside the book is read. Throws when the fault switches say that it alone cannot be. */
  async open(list: SandboxList): Promise<void> {
    if ((await this.faults()).brokenLists?.includes(list)) throw new Retryable('list_broken');
  }

  /** Whether references are overlooked. */
  async doubles(): Promise<boolean> {
    return (await this.faults()).doubles ?? false;
  }

  /** Whether the next booking is to be refused; true only once. */
  async takeConflict(): Promise<boolean> {
    const faults = await this.faults();
    if (!faults.conflictOnce) return false;
    await setFaults(this.store, { ...faults, conflictOnce: false });
    return true;
  }

  private async faults(): Promise<SandboxFaults> {
    return (await this.store.get<SandboxFaults>(FAULTS_KEY))?.value ?? this.config.faults;
  }
}
