import { Injectable } from '@nestjs/common';
import type { TenantScope } from '../../kernel/index.js';
import type { Filter, Tx } from '../../persistence/index.js';
import { OperatoryRepository } from '../operatories/operatory.repository.js';
import { chairsOf } from '../reasons/pairing.js';
import { ReasonRepository } from '../reasons/reason.repository.js';
import type { Reason } from '../reasons/reason.schema.js';
import { CatalogTools, merged, type Given } from '../shared/catalog-service.js';
import { ProviderGuards } from '../shared/guards.js';
import { ImportedService } from '../shared/imported-service.js';
import { staffEdits, type Draft } from '../shared/item.js';
import { PracticeLocations } from '../shared/practice-locations.js';
import { count, inUse, refuse, refuseMissing } from '../shared/references.js';
import { ProviderRepository } from './provider.repository.js';
import type { Provider } from './provider.schema.js';
import { openWeek, plainExceptions, plainWeek, scheduleFaults } from './schedule-rules.js';

const defaults = (): Draft<Provider> => ({
  active: true,
  order: 0,
  foreign: null,
  pmsName: null,
  staffEdited: [],
  displayName: '',
  firstName: '',
  lastName: '',
  title: null,
  email: null,
  phone: null,
  role: 'other',
  specialty: null,
  bio: null,
  gender: null,
  color: null,
  imageUrl: null,
  operatoryIds: [],
  locationIds: [],
  allowOverlap: false,
  weekdays: openWeek(),
  exceptions: [],
  maxVisitsPerDay: null,
  maxVisitsPerWeek: null,
});

@Injectable()
export class ProviderService extends ImportedService<Provider> {
  constructor(
    repository: ProviderRepository,
    tools: CatalogTools,
    private readonly operatories: OperatoryRepository,
    private readonly reasons: ReasonRepository,
    private readonly locations: PracticeLocations,
    private readonly guards: ProviderGuards,
  ) {
    super('provider', repository, tools);
  }

  protected override async settle(scope: TenantScope, tx: Tx, given: Given<Provider>, before: Provider | null) {
    const fields = merged(defaults(), before, given);
    const weekdays = plainWeek(fields.weekdays);
    const exceptions = plainExceptions(fields.exceptions);
    refuse(scheduleFaults(weekdays, exceptions));
    const operatories = await this.existing(this.operatories, scope, tx, fields.operatoryIds);
    refuseMissing('operatoryIds', fields.operatoryIds, operatories, 'operatory');
    refuseMissing('locationIds', fields.locationIds, await this.locations.known(scope, tx), 'location');
    return { ...fields, weekdays, exceptions, staffEdited: staffEdits(before, given) };
  }

  /** A provider of a reason stays, stays active and keeps a chair for it. */
  protected override async guard(scope: TenantScope, tx: Tx, before: Provider, after: Draft<Provider> | null) {
    const assisted = await this.reasons
      .forTenant(scope, tx)
      .find({ 'assist.providerIds': before._id } as Filter<Reason>);
    const reasons = await this.reasons.forTenant(scope, tx).find({ providerIds: before._id });
    const hidden = after !== null && before.active && !after.active;
    if (assisted.length > 0 && (after === null || hidden)) {
      const detail = `${before.displayName} assists in ${count(assisted.length, 'reason')} for visit. Take the provider out of each reason's assist first.`;
      throw inUse(detail, { reasons: assisted });
    }
    if (reasons.length > 0 && (after === null || hidden)) {
      const act = after === null ? 'removed' : 'deactivated';
      const detail = `${before.displayName} is a provider of ${count(reasons.length, 'reason')} for visit and cannot be ${act}. Take the provider out of each reason first (PATCH its providerIds).`;
      throw inUse(detail, { reasons });
    }
    if (after === null) return this.guards.run(scope, tx, before._id);
    if (reasons.length === 0) return;
    const all = await this.operatories.forTenant(scope, tx).find();
    const broken = reasons.filter(
      (reason) => chairsOf(reason, before, all).length > 0 && chairsOf(reason, after, all).length === 0,
    );
    if (broken.length > 0) {
      const detail = `${before.displayName} would have no operatory left for ${count(broken.length, 'reason')} for visit. Change the reason's operatories or take the provider out of it first.`;
      throw inUse(detail, { reasons: broken });
    }
  }
}
