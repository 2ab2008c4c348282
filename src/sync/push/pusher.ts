import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { CLOCK, type Clock } from '../../kernel/index.js';
import type { Filter } from '../../persistence/index.js';
import type { WorkContext } from '../../queues/index.js';
import { LiveConnections } from '../site/live-connections.js';
import type { Site } from '../site/site.js';
import { SyncRegister } from '../state/sync-register.js';
import type { Trouble } from '../state/sync-state.schema.js';
import { Exporter } from './exporter.js';
import { Exports, type Export } from './export.schema.js';
import { Remarks } from './remarks.js';

/** One run does not hold its worker longer than this; the rest follows in the next one. */
const RUN_MS = 20_000;
const IDLE_MS = 300_000;
const BATCH = 200;
/** Different patients at once; one patient's writes go one after the other. */
const AT_ONCE = 3;

/** Empties the queue of one connection, oldest first. One worker at a time does it: its row of due work is the lock. */
@Injectable()
export class Pusher implements OnModuleDestroy {
  private stopping = false;

  constructor(
    private readonly connections: LiveConnections,
    private readonly exports: Exports,
    private readonly exporter: Exporter,
    private readonly remarks: Remarks,
    private readonly register: SyncRegister,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** What is left is found again by the next process. */
  onModuleDestroy(): void {
    this.stopping = true;
  }

  async run({ scope, row }: WorkContext): Promise<void | { again: number }> {
    const site = await this.connections.siteOf(scope, row.payload);
    if (site === 'gone') return;
    const now = this.clock.now();
    if (site === 'not_now') return { again: now + IDLE_MS };
    const state = await this.register.get(site);
    if (state.pausedAt !== null) return { again: now + IDLE_MS };
    // What has become too late needs no practice system to say so.
    await this.expire(site, now);
    if (state.writing && state.writing.until > now && mustWait(site, state.writing))
      return { again: state.writing.until };
    return { again: await this.drain(site) };
  }

  /** Writes until nothing is due, the time is over, or the practice system does not answer. Returns when to come again. */
  private async drain(site: Site): Promise<number> {
    const end = this.clock.now() + RUN_MS;
    const began = performance.now();
    for (;;) {
      const pending = await this.pending(site);
      const now = this.clock.now();
      const first = firstOfEach(pending);
      const ready = first.filter(({ dueAt }) => dueAt <= now);
      if (ready.length === 0) {
        const remark = await this.remarks.write(site);
        return Math.min(now + IDLE_MS, ...first.map(({ dueAt }) => dueAt), remark ?? Infinity);
      }
      const unreached = await this.writeAll(site, ready);
      if (unreached) return this.register.failed(site, 'writing', unreached.reason, unreached.retryAt);
      await this.register.worked(site, 'writing');
      if (this.stopping || this.clock.now() > end || performance.now() - began > RUN_MS) return this.clock.now();
    }
  }

  /** The first that finds nobody there stops the others: they would find the same. */
  private async writeAll(site: Site, rows: Export[]): Promise<{ reason: string; retryAt: number | null } | null> {
    let unreached: { reason: string; retryAt: number | null } | null = null;
    const queue = [...rows];
    const lane = async () => {
      for (let row = queue.shift(); row && !unreached && !this.stopping; row = queue.shift()) {
        const outcome = await this.exporter.run(site, row);
        if (outcome.kind === 'unreached') unreached = outcome;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    return unreached;
  }

  private async expire(site: Site, now: number): Promise<void> {
    const filter = { connectionId: site.connection._id, status: 'pending', asked: null, start: { $lte: now } };
    const late = await this.exports.forTenant(site.scope).find(filter as Filter<Export>, { limit: BATCH });
    for (const row of late) await this.exporter.expire(site, row);
  }

  private pending(site: Site): Promise<Export[]> {
    const filter = { connectionId: site.connection._id, status: 'pending' } as Filter<Export>;
    return this.exports.forTenant(site.scope).find(filter, { sort: { since: 1, _id: 1 }, limit: BATCH });
  }
}

/** A new wish does not shorten the wait for a practice system that is down, or has asked for patience. */
function mustWait({ connection }: Site, { reason }: Trouble): boolean {
  return connection.state.status !== 'up' || reason === 'rate_limited';
}

/** Of each patient the oldest: the others wait for it. */
function firstOfEach(rows: readonly Export[]): Export[] {
  const first = new Map<string, Export>();
  for (const row of rows) if (!first.has(row.patientId)) first.set(row.patientId, row);
  return [...first.values()];
}
