import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/index.js';
import { CLOCK, Problem, type Clock } from '../../kernel/index.js';
import { InboundHandlers } from '../../plugin-host/index.js';
import { STANDARD_LADDER, WorkHandlers, type WorkContext } from '../../queues/index.js';
import { LiveConnections } from '../site/live-connections.js';
import { PmsFailed, SUDDENLY_EMPTY } from '../site/pms-client.js';
import type { Site } from '../site/site.js';
import { RHYTHM } from '../state/rhythm.js';
import { SyncRegister } from '../state/sync-register.js';
import { ListForgetting } from './list-forgetting.js';
import { ListReader } from './list-reader.js';
import { dueAt, ListRegister } from './list-register.js';
import type { ListState } from './list-state.schema.js';
import { LISTING, LISTS, listsOf } from './lists.js';

/** One run does not hold its worker longer than this. */
const RUN_MS = 20_000;
const PAUSED_MS = 300_000;
const IDLE_MS = 86_400_000;

/**
 * Reads the lists of a practice system, beside its book and after it: while the book is imported, or cannot be read, they
 * wait. One worker at a time: its row of due work is the lock.
 */
@Injectable()
export class ListWorker implements OnModuleInit, OnModuleDestroy {
  private stopping = false;

  constructor(
    private readonly connections: LiveConnections,
    private readonly sync: SyncRegister,
    private readonly register: ListRegister,
    private readonly reader: ListReader,
    private readonly forgetting: ListForgetting,
    private readonly handlers: WorkHandlers,
    private readonly inbound: InboundHandlers,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    const handle = (context: WorkContext) => this.run(context);
    this.handlers.register({ kind: LISTING, transactional: false, ladder: STANDARD_LADDER, handle });
    // A vendor's webhook is a hint to read that list, and no other.
    for (const list of LISTS)
      this.inbound.register(list, ({ connection, scope }, tx) =>
        this.register.ask(scope, tx, connection, [list], 'hint'),
      );
  }

  /** What is left is read by the next process. */
  onModuleDestroy(): void {
    this.stopping = true;
  }

  async run({ scope, row }: WorkContext): Promise<void | { again: number }> {
    const site = await this.connections.siteOf(scope, row.payload);
    if (site === 'gone') return;
    const now = this.clock.now();
    if (site === 'not_now') return { again: now + PAUSED_MS };
    const { pausedAt, phase, reading } = await this.sync.get(site);
    if (pausedAt !== null) return { again: now + PAUSED_MS };
    // The end of the import wakes them.
    if (phase !== 'live') return { again: now + PAUSED_MS };
    if (reading) return { again: Math.max(now + this.config.SYNC_POLL_SECONDS * 1_000, reading.until) };
    try {
      return { again: await this.readDue(site) };
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'not_found')) throw error;
      // It was disconnected meanwhile: what has been written since goes, too.
      return this.forgetting.forget(scope, site.connection._id);
    }
  }

  /** Returns when to come again. A list that fails does not keep the next one from being read. */
  private async readDue(site: Site): Promise<number> {
    const began = performance.now();
    let again = this.clock.now() + IDLE_MS;
    for (const list of listsOf(site.capabilities)) {
      let state = await this.register.get(site, list);
      while (dueAt(state) <= this.clock.now()) {
        if (this.stopping || performance.now() - began > RUN_MS) return this.clock.now();
        state = await this.step(site, state);
      }
      again = Math.min(again, dueAt(state));
    }
    return again;
  }

  private async step(site: Site, state: ListState): Promise<ListState> {
    const { trouble } = state;
    const stayedEmpty =
      trouble?.reason === SUDDENLY_EMPTY && this.clock.now() - trouble.reasonSince >= RHYTHM.believeEmptyMs;
    try {
      return await this.reader.read({ ...site, believesEmpty: stayedEmpty }, state);
    } catch (error) {
      if (!(error instanceof PmsFailed)) throw error;
      const { retryAfterMs, reason } = error.failure;
      const retryAt = retryAfterMs === undefined ? null : this.clock.now() + retryAfterMs;
      return this.register.failed(site, state, reason, retryAt);
    }
  }
}
