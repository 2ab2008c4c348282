import { Inject, Injectable } from '@nestjs/common';
import { Users, type AgencyFacts } from '../../identity/index.js';
import {
  CLOCK,
  mintAgencyScope,
  mintSystemScope,
  newId,
  notFound,
  TtlCache,
  type AgencyScope,
  type Clock,
} from '../../kernel/index.js';
import type { Tx } from '../../persistence/index.js';
import { AgencyRepository, type Agency } from './agency.schema.js';

const platform = mintSystemScope('agencies belong to the platform');
/** Other processes see a change after this at the latest; the one that made it, at once. */
const KEPT_MS = 3_000;

@Injectable()
export class Agencies {
  private readonly facts: TtlCache<AgencyFacts | null>;

  constructor(
    private readonly agencies: AgencyRepository,
    private readonly users: Users,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.facts = new TtlCache(clock, { ttlMs: KEPT_MS, load: (agencyId) => this.factsOf(agencyId) });
  }

  /** An agency and its first admin, whose invitation is shown once. */
  async create(
    tx: Tx,
    name: string,
    admin: { email: string; name: string },
  ): Promise<{ agency: Agency; scope: AgencyScope; inviteToken: string }> {
    const agency = await this.agencies
      .forSystem(platform, tx)
      .insert({ _id: newId('agency', this.clock.now()), name, suspendedAt: null, settings: {} });
    const scope = mintAgencyScope(agency._id, { kind: 'system', id: 'platform' });
    const { inviteToken } = await this.users.invite(scope, tx, { ...admin, role: 'agency_admin', tenantId: null });
    return { agency, scope, inviteToken };
  }

  async get(agencyId: string): Promise<Agency> {
    const agency = await this.agencies.forSystem(platform).findOne({ _id: agencyId });
    if (!agency) throw notFound('agency');
    return agency;
  }

  async rename(scope: AgencyScope, name: string): Promise<Agency> {
    return this.set(scope.agencyId, { name });
  }

  /** Suspended, the agency and all its practices are refused with `agency_suspended`; their data stays. */
  async setActive(agencyId: string, active: boolean): Promise<Agency> {
    const agency = await this.set(agencyId, { suspendedAt: active ? null : this.clock.now() });
    this.facts.forget(agencyId);
    return agency;
  }

  /** Kept for some seconds: asked with every request. Null: no such agency. */
  async directoryEntry(agencyId: string): Promise<AgencyFacts | null> {
    return this.facts.get(agencyId);
  }

  private async factsOf(agencyId: string): Promise<AgencyFacts | null> {
    const agency = await this.agencies.forSystem(platform).findOne({ _id: agencyId });
    return agency && { active: agency.suspendedAt == null };
  }

  private async set(agencyId: string, $set: Partial<Pick<Agency, 'name' | 'suspendedAt'>>): Promise<Agency> {
    const agency = await this.agencies.forSystem(platform).update({ _id: agencyId }, { $set });
    if (!agency) throw notFound('agency');
    return agency;
  }
}
