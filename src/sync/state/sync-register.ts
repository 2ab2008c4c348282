import { Inject, Injectable } from '@nestjs/common';
import { Outbox, type EventType } from '../../events/index.js';
import { addDays, CLOCK, localDateOf, notFound, type Clock, type TenantScope } from '../../kernel/index.js';
import { isDuplicateKey, UnitOfWork, type Tx, type Update } from '../../persistence/index.js';
import { Settings } from '../../tenants/index.js';
import type { Site } from '../site/site.js';
import { PATIENCE, RHYTHM } from './rhythm.js';
import { SyncLog } from './sync-log.js';
import { SyncStates, type SyncState, type Trouble, type Wish } from './sync-state.schema.js';

type Direction = 'reading' | 'writing';

/** How each connection stands: progress, freshness, troubles, and the alert when a practice system is lost. */
@Injectable()
export class SyncRegister {
  constructor(
    private readonly states: SyncStates,
    private readonly settings: Settings,
    private readonly log: SyncLog,
    private readonly outbox: Outbox,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  find(scope: TenantScope, connectionId: string, tx?: Tx): Promise<SyncState | null> {
    return this.states.forTenant(scope, tx).findById(connectionId);
  }

  list(scope: TenantScope): Promise<SyncState[]> {
    return this.states.forTenant(scope).find({}, { sort: { _id: 1 } });
  }

  /** The state of a connection; the first one says that everything is still to be imported. */
  async get(site: Site): Promise<SyncState> {
    const known = await this.find(site.scope, site.connection._id);
    if (known) return known;
    const progress = await this.wholeRange(site);
    const fresh = {
      _id: site.connection._id,
      locationId: site.locationId,
      phase: 'importing' as const,
      pausedAt: null,
      progress,
      asOf: null,
      clockSkewMs: null,
    };
    const rest = {
      kinds: {},
      wished: {},
      reading: null,
      writing: null,
      reconciledAt: null,
      alertedAt: null,
      unreadableAt: null,
    };
    try {
      return await this.states.forTenant(site.scope).insert({ ...fresh, ...rest });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      return (await this.find(site.scope, site.connection._id)) as SyncState;
    }
  }

  async set(site: Pick<Site, 'scope' | 'connection'>, set: Partial<SyncState>): Promise<SyncState> {
    const update = { $set: set } as Update<SyncState>;
    const state = await this.states.forTenant(site.scope).update(site.connection._id, update);
    if (!state) throw notFound('sync');
    return state;
  }

  /** Somebody wants it now. A reading that is under way does not count: it began before. */
  async wish(site: Site, ...wishes: Wish[]): Promise<void> {
    await this.get(site);
    const now = this.clock.now();
    const set = Object.fromEntries(wishes.map((wish) => [`wished.${wish}`, now]));
    await this.states.forTenant(site.scope).update(site.connection._id, { $set: set } as Update<SyncState>);
  }

  /** Begins the import from the first day; what is here already stays until it is seen to be gone. */
  async restart(site: Site): Promise<SyncState> {
    await this.get(site);
    return this.set(site, { phase: 'importing', progress: await this.wholeRange(site), reading: null, writing: null });
  }

  /** The days that are kept in step: a few past ones, and as far as patients may book. */
  async range(site: Site): Promise<{ from: string; today: string; to: string }> {
    const today = localDateOf(site.zone, this.clock.now());
    const { scheduling } = await this.settings.effective(site.scope);
    return { from: addDays(today, -RHYTHM.pastDays), today, to: addDays(today, scheduling.maxDaysAhead + 1) };
  }

  async worked(site: Site, direction: Direction): Promise<void> {
    if ((await this.get(site))[direction] === null) return;
    await this.unitOfWork.run(async (tx) => {
      const states = this.states.forTenant(site.scope, tx);
      // Read again in here: the other direction may end, or begin, its own row of failures at the same moment.
      const state = await states.getById(site.connection._id, 'sync');
      const over = state.alertedAt !== null && state[direction === 'reading' ? 'writing' : 'reading'] === null;
      const after = await states.update(state._id, {
        $set: { [direction]: null, ...(over ? { alertedAt: null } : {}) },
      });
      if (over && after) await this.tell(site, tx, after, 'sync.reconnected', { reason: null });
    });
  }

  /** Notes a failure; returns the instant before which nothing is tried again. `retryAt`: what the other side asked for. */
  async failed(site: Site, direction: Direction, cause: string, retryAt: number | null): Promise<number> {
    const now = this.clock.now();
    await this.get(site);
    return this.unitOfWork.run(async (tx) => {
      const states = this.states.forTenant(site.scope, tx);
      const state = await states.getById(site.connection._id, 'sync');
      const before = state[direction];
      // While the host spares a system that has failed, what it failed of is still the reason.
      const reason = cause === 'circuit_open' ? (before?.reason ?? site.connection.state.reason ?? cause) : cause;
      const same = before?.reason === reason;
      const count = (before?.count ?? 0) + 1;
      const patience = PATIENCE[Math.min(count, PATIENCE.length) - 1] as number;
      const until = retryAt ?? now + patience;
      const reasonSince = same ? before.reasonSince : now;
      const trouble: Trouble = { reason, since: before?.since ?? now, reasonSince, count, until };
      const alert = state.alertedAt === null && now - trouble.since >= RHYTHM.alertAfterMs;
      const after = await states.update(state._id, {
        $set: { [direction]: trouble, ...(alert ? { alertedAt: now } : {}) },
      });
      if (alert && after) await this.tell(site, tx, after, 'sync.disconnected', { reason });
      // A row of failures is one line of the log, and another one for each new reason.
      if (!same) {
        const kind = direction === 'reading' ? 'pull' : 'export';
        await this.log.note(site.scope, { connectionId: site.connection._id, kind, ok: false, what: reason }, tx);
      }
      return until;
    });
  }

  /** Raises the alert when some records cannot be read, and ends it when all can be; each once. */
  async unreadable(site: Site, records: number): Promise<void> {
    const flagged = (await this.get(site)).unreadableAt != null;
    if (flagged === records > 0) return;
    const unreadableAt = flagged ? null : this.clock.now();
    await this.unitOfWork.run(async (tx) => {
      const after = await this.states.forTenant(site.scope, tx).update(site.connection._id, { $set: { unreadableAt } });
      const type = flagged ? 'sync.records_readable' : 'sync.records_unreadable';
      if (after) await this.tell(site, tx, after, type, { records });
    });
  }

  private async wholeRange(site: Site) {
    const { from, to } = await this.range(site);
    return { from, to, next: from, blank: false, records: 0, startedAt: this.clock.now(), finishedAt: null };
  }

  private tell(
    { scope, connection }: Site,
    tx: Tx,
    state: SyncState,
    type: Extract<EventType, `sync.${string}`>,
    data: { reason: string | null } | { records: number },
  ) {
    const subject = { kind: 'sync', id: connection._id };
    return this.outbox.record(scope, tx, { type, subject, sequence: state.version, data });
  }
}
