import { Injectable } from '@nestjs/common';
import { Problem, type FieldError, type TenantScope } from '../../kernel/index.js';
import type { Tx } from '../../persistence/index.js';
import { OperatoryRepository } from '../operatories/operatory.repository.js';
import { ProviderRepository } from '../providers/provider.repository.js';
import { CatalogService, CatalogTools, merged, type Given } from '../shared/catalog-service.js';
import { ReasonGuards } from '../shared/guards.js';
import type { CatalogItem, Draft, ForeignRef } from '../shared/item.js';
import { PracticeLocations } from '../shared/practice-locations.js';
import { refuse, refuseMissing } from '../shared/references.js';
import { chairsOf } from './pairing.js';
import { assistFaults, lengthFaults, plainAssist, plainBuffers } from './visit-rules.js';
import { ReasonRepository } from './reason.repository.js';
import type { Reason } from './reason.schema.js';
import { freeSlug, slugOf } from './slug.js';

const defaults = (): Draft<Reason> => ({
  active: true,
  order: 0,
  name: '',
  slug: '',
  description: null,
  appointmentType: null,
  durationMinutes: null,
  pattern: null,
  patientTypes: [],
  minAge: null,
  maxAge: null,
  providerIds: [],
  operatoryIds: [],
  locationIds: [],
  blockoutTypes: [],
  procedureCodes: [],
  pmsTypes: [],
  showProviders: true,
  confirmMode: null,
  minNoticeMinutes: null,
  maxDaysAhead: null,
  stepMinutes: null,
  sameDayCutoff: null,
  minGapMinutes: null,
  assignment: null,
  buffers: null,
  assist: null,
  maxPerDay: null,
  maxPerWeek: null,
});

@Injectable()
export class ReasonService extends CatalogService<Reason> {
  constructor(
    repository: ReasonRepository,
    tools: CatalogTools,
    private readonly providers: ProviderRepository,
    private readonly operatories: OperatoryRepository,
    private readonly locations: PracticeLocations,
    private readonly guards: ReasonGuards,
  ) {
    super('reason', repository, tools);
  }

  protected override async settle(scope: TenantScope, tx: Tx, given: Given<Reason>, before: Reason | null) {
    const plain = { ...given, buffers: plainBuffers(given.buffers), assist: plainAssist(given.assist) };
    const fields = merged(defaults(), before, plain);
    refuse([...lengthFaults(fields, given), ...ageFaults(fields), ...assistFaults(fields)]);
    await this.checkReferences(scope, tx, fields, before);
    return { ...fields, slug: await this.slugFor(scope, tx, given, before) };
  }

  /**
   * From now on the reason stands for this appointment type, in place of any other one of the same practice system. `fields`
   * are changed along with it.
   */
  standFor(scope: TenantScope, id: string, type: ForeignRef, fields: Given<Reason> = {}): Promise<Reason> {
    const { connectionId, foreignId } = type;
    return this.change(scope, id, (before) => ({
      ...fields,
      pmsTypes: [...othersThan(connectionId, before), { connectionId, foreignId }],
    }));
  }

  /** The reason stands for this appointment type no more; nothing happens when it did not. */
  async standApart(scope: TenantScope, id: string, { connectionId, foreignId }: ForeignRef): Promise<Reason> {
    return this.change(scope, id, (before) => {
      const stood = (before.pmsTypes ?? []).some(
        (ref) => ref.connectionId === connectionId && ref.foreignId === foreignId,
      );
      return stood ? { pmsTypes: othersThan(connectionId, before) } : {};
    });
  }

  protected override async guard(scope: TenantScope, tx: Tx, before: Reason, after: Draft<Reason> | null) {
    if (after === null) await this.guards.run(scope, tx, before._id);
  }

  private async checkReferences(scope: TenantScope, tx: Tx, fields: Draft<Reason>, before: Reason | null) {
    const assistIds = fields.assist?.providerIds ?? [];
    const assistants = await this.existing(this.providers, scope, tx, assistIds);
    refuseMissing('assist/providerIds', assistIds, assistants, 'provider');
    refuse(hiddenFaults('assist/providerIds', assistIds, before?.assist?.providerIds, assistants));
    const providers = await this.existing(this.providers, scope, tx, fields.providerIds);
    const operatories = await this.existing(this.operatories, scope, tx, fields.operatoryIds);
    refuseMissing('providerIds', fields.providerIds, providers, 'provider');
    refuseMissing('operatoryIds', fields.operatoryIds, operatories, 'operatory');
    refuseMissing('locationIds', fields.locationIds, await this.locations.known(scope, tx), 'location');
    refuse([
      ...hiddenFaults('providerIds', fields.providerIds, before?.providerIds, providers),
      ...hiddenFaults('operatoryIds', fields.operatoryIds, before?.operatoryIds, operatories),
    ]);
    const chairs = [...operatories.values()];
    refuse(
      [...providers.values()]
        .filter((provider) => chairsOf(fields, provider, chairs).length === 0)
        .map((provider) => ({
          pointer: `/providerIds/${fields.providerIds.indexOf(provider._id)}`,
          code: 'no_operatory',
          detail: `${provider.displayName} has none of these operatories at a location of theirs: assign one to the provider, or add it here.`,
        })),
    );
  }

  /** The name makes the first slug; later it changes only when it is given, so that printed links stay good. */
  private async slugFor(scope: TenantScope, tx: Tx, given: Given<Reason>, before: Reason | null): Promise<string> {
    if (before && (given.slug === undefined || given.slug === before.slug)) return before.slug;
    const others = await this.repository.forTenant(scope, tx).find();
    const taken = new Set(others.filter(({ _id }) => _id !== before?._id).map(({ slug }) => slug));
    if (given.slug === undefined) return freeSlug(slugOf(given.name ?? ''), taken);
    if (taken.has(given.slug)) {
      const detail = `Another reason has the slug ${given.slug}. Take another one, e.g. ${freeSlug(given.slug, taken)}.`;
      throw new Problem('already_exists', detail, { errors: [{ pointer: '/slug', code: 'taken', detail }] });
    }
    return given.slug;
  }
}

function othersThan(connectionId: string, { pmsTypes }: Reason): ForeignRef[] {
  return (pmsTypes ?? []).filter((ref) => ref.connectionId !== connectionId);
}

function ageFaults({ minAge, maxAge }: Draft<Reason>): FieldError[] {
  if (minAge === null || maxAge === null || minAge <= maxAge) return [];
  return [{ pointer: '/minAge', code: 'range', detail: `must not be more than maxAge (${maxAge})` }];
}

/** What is newly named must be active, as what is named may not be deactivated. */
function hiddenFaults(
  field: string,
  ids: readonly string[],
  before: readonly string[] = [],
  items: ReadonlyMap<string, CatalogItem>,
): FieldError[] {
  return ids.flatMap((id, index) =>
    items.get(id)?.active || before.includes(id)
      ? []
      : [{ pointer: `/${field}/${index}`, code: 'inactive', detail: 'is not active: activate it first' }],
  );
}
