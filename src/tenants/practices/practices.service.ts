import { Inject, Injectable } from '@nestjs/common';
import { Outbox } from '../../events/index.js';
import {
  CLOCK,
  mintSystemScope,
  mintTenantScope,
  newId,
  type AgencyScope,
  type Clock,
  type TenantScope,
} from '../../kernel/index.js';
import type { Page, Tx } from '../../persistence/index.js';
import { PracticeRepository, type Practice } from './practice.schema.js';

const directory = mintSystemScope('which agency a practice belongs to is asked before a scope exists');
const KEPT_MS = 3_000;
const CACHE_LIMIT = 10_000;

@Injectable()
export class Practices {
  private readonly facts = new Map<string, { until: number; facts: { agencyId: string; live: boolean } | null }>();

  constructor(
    private readonly practices: PracticeRepository,
    private readonly outbox: Outbox,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async create(agency: AgencyScope, tx: Tx, name: string): Promise<Practice> {
    const id = newId('practice', this.clock.now());
    const practice = await this.practices.forAgency(agency, tx).insert({ _id: id, name, liveAt: null, settings: {} });
    const scope = mintTenantScope(id, agency.actor);
    await this.outbox.record(scope, tx, { type: 'practice.created', subject: { kind: 'practice', id }, sequence: 1 });
    return practice;
  }

  async page(agency: AgencyScope, request: { limit: number; cursor?: string | undefined }): Promise<Page<Practice>> {
    return this.practices.forAgency(agency).page(request);
  }

  async get(agency: AgencyScope, id: string): Promise<Practice> {
    return this.practices.forAgency(agency).getById(id, 'practice');
  }

  async own(scope: TenantScope): Promise<Practice> {
    return this.practices.forTenant(scope).getById(scope.tenantId, 'practice');
  }

  async rename(agency: AgencyScope, id: string, name: string, ifVersion?: number): Promise<Practice> {
    return this.practices.forAgency(agency).patch(id, { name }, 'practice', ifVersion);
  }

  /** Kept for some seconds: asked with every request of an agency's credential. A practice that went live is seen at once. */
  async directoryEntry(tenantId: string): Promise<{ agencyId: string; live: boolean } | null> {
    const kept = this.facts.get(tenantId);
    if (kept && kept.until > this.clock.now() && kept.facts?.live) return kept.facts;
    const practice = await this.practices.forSystem(directory).findOne({ _id: tenantId });
    const facts = practice && { agencyId: practice.agencyId, live: practice.liveAt !== null };
    if (this.facts.size >= CACHE_LIMIT) this.facts.clear();
    this.facts.set(tenantId, { until: this.clock.now() + KEPT_MS, facts });
    return facts;
  }
}
