import { Injectable } from '@nestjs/common';
import { invalid, type TenantScope } from '../../kernel/index.js';
import type { Tx } from '../../persistence/index.js';
import { ProviderRepository } from '../providers/provider.repository.js';
import { chairsOf } from '../reasons/pairing.js';
import { ReasonRepository } from '../reasons/reason.repository.js';
import { CatalogTools, merged, type Given } from '../shared/catalog-service.js';
import { OperatoryGuards } from '../shared/guards.js';
import { ImportedService } from '../shared/imported-service.js';
import { staffEdits, type Draft } from '../shared/item.js';
import { PracticeLocations } from '../shared/practice-locations.js';
import { count, inUse } from '../shared/references.js';
import { OperatoryRepository } from './operatory.repository.js';
import type { Operatory } from './operatory.schema.js';

@Injectable()
export class OperatoryService extends ImportedService<Operatory> {
  constructor(
    repository: OperatoryRepository,
    tools: CatalogTools,
    private readonly providers: ProviderRepository,
    private readonly reasons: ReasonRepository,
    private readonly locations: PracticeLocations,
    private readonly guards: OperatoryGuards,
  ) {
    super('operatory', repository, tools);
  }

  protected override async settle(scope: TenantScope, tx: Tx, given: Given<Operatory>, before: Operatory | null) {
    const fields = merged<Draft<Operatory>>(
      {
        active: true,
        order: 0,
        foreign: null,
        pmsName: null,
        staffEdited: [],
        name: '',
        shortName: null,
        locationId: '',
        hygiene: false,
      },
      before,
      given,
    );
    if (!(await this.locations.known(scope, tx)).has(fields.locationId)) {
      throw invalid('/locationId', 'not_found', 'No location with this id exists here.');
    }
    return { ...fields, staffEdited: staffEdits(before, given) };
  }

  /** An operatory of a reason stays and stays active; one that moves house leaves no provider without a chair. */
  protected override async guard(scope: TenantScope, tx: Tx, before: Operatory, after: Draft<Operatory> | null) {
    const reasons = await this.reasons.forTenant(scope, tx).find({ operatoryIds: before._id });
    const hidden = after !== null && before.active && !after.active;
    if (reasons.length > 0 && (after === null || hidden)) {
      const act = after === null ? 'removed' : 'deactivated';
      const detail = `${before.name} is an operatory of ${count(reasons.length, 'reason')} for visit and cannot be ${act}. Take it out of each reason first (PATCH its operatoryIds).`;
      throw inUse(detail, { reasons });
    }
    if (after === null) return this.guardRemoval(scope, tx, before);
    if (after.locationId === before.locationId || reasons.length === 0) return;
    const providers = await this.providers.forTenant(scope, tx).find({ operatoryIds: before._id });
    const all = await this.repository.forTenant(scope, tx).find();
    const moved = all.map((one) => (one._id === before._id ? { ...one, locationId: after.locationId } : one));
    const broken = reasons.filter((reason) =>
      providers.some(
        (provider) =>
          reason.providerIds.includes(provider._id) &&
          chairsOf(reason, provider, all).length > 0 &&
          chairsOf(reason, provider, moved).length === 0,
      ),
    );
    if (broken.length > 0) {
      const detail = `At another location, ${before.name} would leave a provider of ${count(broken.length, 'reason')} for visit without an operatory. Change the reason first.`;
      throw inUse(detail, { reasons: broken });
    }
  }

  private async guardRemoval(scope: TenantScope, tx: Tx, operatory: Operatory): Promise<void> {
    const users = await this.providers.forTenant(scope, tx).find({ operatoryIds: operatory._id });
    if (users.length > 0) {
      const detail = `${operatory.name} is assigned to ${count(users.length, 'provider')}. Take it out of their operatoryIds first.`;
      throw inUse(detail, {
        reasons: [],
        providers: users.map(({ _id, displayName }) => ({ _id, name: displayName })),
      });
    }
    await this.guards.run(scope, tx, operatory._id);
  }
}
