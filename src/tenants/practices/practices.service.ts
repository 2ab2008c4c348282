import { Inject, Injectable } from '@nestjs/common';
import { Outbox, type EventType } from '../../events/index.js';
import type { PracticeFacts } from '../../identity/index.js';
import {
  CLOCK,
  mintSystemScope,
  mintTenantScope,
  newId,
  TtlCache,
  type AgencyScope,
  type Clock,
  type TenantScope,
} from '../../kernel/index.js';
import { UnitOfWork, type Filter, type Page, type Tx } from '../../persistence/index.js';
import { PracticeRepository, type Practice } from './practice.schema.js';

const directory = mintSystemScope('which agency a practice belongs to is asked before a scope exists');
const upkeep = mintSystemScope('some work is for every practice');
/** Other processes see a change after this at the latest; the one that made it, at once. */
const KEPT_MS = 3_000;

export interface PracticeChange {
  name?: string;
  /** Switched off, its keys, users and widget sessions are refused; its data stays. */
  active?: boolean;
}

@Injectable()
export class Practices {
  private readonly facts: TtlCache<PracticeFacts | null>;

  constructor(
    private readonly practices: PracticeRepository,
    private readonly outbox: Outbox,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.facts = new TtlCache(clock, { ttlMs: KEPT_MS, load: (tenantId) => this.factsOf(tenantId) });
  }

  async create(agency: AgencyScope, tx: Tx, name: string): Promise<Practice> {
    const id = newId('practice', this.clock.now());
    const fresh = { _id: id, name, liveAt: null, deactivatedAt: null, settings: {} };
    const practice = await this.practices.forAgency(agency, tx).insert(fresh);
    await this.record(agency, tx, practice, 'practice.created');
    tx.afterCommit(() => this.facts.forget(id));
    return practice;
  }

  async page(agency: AgencyScope, request: { limit: number; cursor?: string | undefined }): Promise<Page<Practice>> {
    return this.practices.forAgency(agency).page(request);
  }

  async get(agency: AgencyScope, id: string): Promise<Practice> {
    return this.practices.forAgency(agency).getById(id, 'practice');
  }

  /** The ids of all, some at a time. */
  async *ids(agency: AgencyScope): AsyncGenerator<string[]> {
    let cursor: string | undefined;
    do {
      const page = await this.page(agency, { limit: 100, cursor });
      yield page.data.map(({ _id }) => _id);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }

  /** Those of `ids` that are no practices of the agency. */
  async foreign(agency: AgencyScope, ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const known = await this.practices.forAgency(agency).ids({ _id: { $in: [...ids] } } as Filter<Practice>);
    return ids.filter((id) => !known.includes(id));
  }

  async own(scope: TenantScope): Promise<Practice> {
    return this.practices.forTenant(scope).getById(scope.tenantId, 'practice');
  }

  /** Renames the practice, switches it off or on again. What is so already raises no event. */
  async change(agency: AgencyScope, id: string, change: PracticeChange, ifVersion?: number): Promise<Practice> {
    return this.unitOfWork.run(async (tx) => {
      const practices = this.practices.forAgency(agency, tx);
      const before = await practices.getById(id, 'practice');
      const events: EventType[] = [];
      const set: Partial<Practice> = {};
      if (change.name !== undefined && change.name !== before.name) {
        set.name = change.name;
        events.push('practice.changed');
      }
      if (change.active !== undefined && change.active !== isActive(before)) {
        set.deactivatedAt = change.active ? null : this.clock.now();
        events.push(change.active ? 'practice.activated' : 'practice.deactivated');
      }
      const practice = await practices.patch(id, set, 'practice', ifVersion);
      for (const type of events) await this.record(agency, tx, practice, type);
      tx.afterCommit(() => this.facts.forget(id));
      return practice;
    });
  }

  /**
   * Kept for some seconds: asked with every request. Null: no such practice. That it is not live yet is never kept: who has
   * just gone live, maybe in another process, is open at once.
   */
  async directoryEntry(tenantId: string): Promise<PracticeFacts | null> {
    const facts = await this.facts.get(tenantId);
    if (!facts?.live) this.facts.forget(tenantId);
    return facts;
  }

  /** Scopes of some practices in the order of their ids, switched off or not: for what the platform does to all of them. */
  async scopesAfter(practiceId: string | null, limit: number, actorId: string): Promise<TenantScope[]> {
    const beyond = practiceId === null ? {} : { _id: { $gt: practiceId } };
    const found = await this.practices.forSystem(upkeep).find(beyond, { sort: { _id: 1 }, limit });
    return found.map(({ _id }) => mintTenantScope(_id, { kind: 'system', id: actorId }));
  }

  /** To be called when a practice was changed elsewhere in this room. */
  forget(tenantId: string): void {
    this.facts.forget(tenantId);
  }

  private async factsOf(tenantId: string): Promise<PracticeFacts | null> {
    const practice = await this.practices.forSystem(directory).findOne({ _id: tenantId });
    return practice && { agencyId: practice.agencyId, live: practice.liveAt !== null, active: isActive(practice) };
  }

  private async record(agency: AgencyScope, tx: Tx, practice: Practice, type: EventType): Promise<void> {
    const scope = mintTenantScope(practice._id, agency.actor);
    const subject = { kind: 'practice', id: practice._id };
    await this.outbox.record(scope, tx, { type, subject, sequence: practice.version });
  }
}

export function isActive({ deactivatedAt }: Practice): boolean {
  return deactivatedAt == null;
}
