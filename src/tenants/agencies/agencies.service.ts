import { Inject, Injectable } from '@nestjs/common';
import { Users } from '../../identity/index.js';
import {
  CLOCK,
  mintAgencyScope,
  mintSystemScope,
  newId,
  notFound,
  type AgencyScope,
  type Clock,
} from '../../kernel/index.js';
import type { Tx } from '../../persistence/index.js';
import { AgencyRepository, type Agency } from './agency.schema.js';

const platform = mintSystemScope('agencies belong to the platform');

@Injectable()
export class Agencies {
  constructor(
    private readonly agencies: AgencyRepository,
    private readonly users: Users,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** An agency and its first admin, whose invitation is shown once. */
  async create(
    tx: Tx,
    name: string,
    admin: { email: string; name: string },
  ): Promise<{ agency: Agency; scope: AgencyScope; inviteToken: string }> {
    const agency = await this.agencies
      .forSystem(platform, tx)
      .insert({ _id: newId('agency', this.clock.now()), name, settings: {} });
    const scope = mintAgencyScope(agency._id, { kind: 'system', id: 'platform' });
    const { inviteToken } = await this.users.invite(scope, tx, { ...admin, role: 'agency_admin', tenantId: null });
    return { agency, scope, inviteToken };
  }

  async get(scope: AgencyScope): Promise<Agency> {
    const agency = await this.agencies.forSystem(platform).findOne({ _id: scope.agencyId });
    if (!agency) throw notFound('agency');
    return agency;
  }

  async rename(scope: AgencyScope, name: string): Promise<Agency> {
    await this.agencies.forSystem(platform).update({ _id: scope.agencyId }, { $set: { name } });
    return this.get(scope);
  }
}
