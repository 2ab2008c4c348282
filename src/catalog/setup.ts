import { Injectable } from '@nestjs/common';
import type { TenantScope } from '../kernel/index.js';
import type { Tx } from '../persistence/index.js';
import { OperatoryRepository } from './operatories/operatory.repository.js';
import { ProviderRepository } from './providers/provider.repository.js';
import { PATIENT_TYPES } from './reasons/reason.schema.js';
import { ReasonRepository } from './reasons/reason.repository.js';
import { CatalogVersions } from './shared/catalog-version.js';
import { Catalog } from './snapshot/catalog.js';
import { pairingsOf } from './snapshot/eligibility.js';

/** How far one step of a practice's set-up is. */
export interface SetupState {
  done: boolean;
  /** What is needed, in words for staff; empty when the step is done. */
  missing: string[];
  /** What may be meant so, but often is not. */
  warnings: string[];
}

/** What the catalogue adds to the set-up of a practice, and what it holds of a location. */
@Injectable()
export class CatalogSetup {
  constructor(
    private readonly catalog: Catalog,
    private readonly versions: CatalogVersions,
    private readonly providerRows: ProviderRepository,
    private readonly operatoryRows: OperatoryRepository,
    private readonly reasonRows: ReasonRepository,
  ) {}

  /** Done with one active provider who has an active operatory at a location of theirs. */
  async providers(scope: TenantScope): Promise<SetupState> {
    const { providers, operatoryById } = await this.catalog.snapshot(scope);
    const seated = providers.filter(
      ({ active, operatoryIds, locationIds }) =>
        active &&
        operatoryIds.some((id) => {
          const operatory = operatoryById.get(id);
          return operatory?.active && locationIds.includes(operatory.locationId);
        }),
    );
    const idle = providers.filter((provider) => provider.active && !seated.includes(provider));
    return state(
      seated.length > 0,
      'Add an active provider with an operatory at one of their locations.',
      idle.map(({ displayName }) => `${displayName} has no operatory at one of their locations and cannot be booked.`),
    );
  }

  /** Done with one active reason that somebody can be booked for; a type of patient without any is a warning. */
  async reasons(scope: TenantScope): Promise<SetupState> {
    const snapshot = await this.catalog.snapshot(scope);
    const active = snapshot.reasons.filter((reason) => reason.active);
    const bookable = active.filter((reason) => pairingsOf(reason, snapshot).length > 0);
    const warnings = active
      .filter((reason) => !bookable.includes(reason))
      .map(({ name }) => `${name} has no active provider with an operatory and cannot be booked.`);
    for (const type of bookable.length > 0 ? PATIENT_TYPES : []) {
      if (!bookable.some(({ patientTypes }) => patientTypes.includes(type))) {
        warnings.push(`No reason for visit is open to ${type} patients.`);
      }
    }
    return state(bookable.length > 0, 'Add an active reason for visit with a provider and an operatory.', warnings);
  }

  /** Done when the settings were saved, or the practice said that it does not ask. */
  async insurance(scope: TenantScope): Promise<SetupState> {
    const { insuranceSettings, carriers } = await this.catalog.snapshot(scope);
    const done = insuranceSettings.version > 0;
    const silent = done && !insuranceSettings.skipped && !insuranceSettings.acceptOther;
    const refusesAll = silent && !carriers.some(({ active }) => active);
    return state(
      done,
      'Save the insurance settings, or skip them.',
      refusesAll ? ['No carrier is in the list and others are not taken: every insurance is refused.'] : [],
    );
  }

  /**
   * Whether a provider, operatory or reason names the location. With the transaction that removes it, nobody can name it
   * before that transaction ends.
   */
  async holdsLocation(scope: TenantScope, locationId: string, tx?: Tx): Promise<boolean> {
    if (tx) await this.versions.take(scope, tx);
    return (
      (await this.operatoryRows.forTenant(scope, tx).exists({ locationId })) ||
      (await this.providerRows.forTenant(scope, tx).exists({ locationIds: locationId })) ||
      (await this.reasonRows.forTenant(scope, tx).exists({ locationIds: locationId }))
    );
  }
}

function state(done: boolean, missing: string, warnings: string[]): SetupState {
  return { done, missing: done ? [] : [missing], warnings };
}
