import { Injectable } from '@nestjs/common';
import type { TenantScope } from '../kernel/index.js';
import type { Tx } from '../persistence/index.js';
import type { Operatory } from './operatories/operatory.schema.js';
import { OperatoryService } from './operatories/operatory.service.js';
import type { Provider, ProviderRole } from './providers/provider.schema.js';
import { ProviderService } from './providers/provider.service.js';
import type { HeldItem, Upserted } from './shared/imported-service.js';
import type { ForeignRef } from './shared/item.js';

/** A provider as the practice system tells it. */
export interface ForeignProvider extends ForeignRef {
  /** The name as it stands over there. */
  pmsName: string;
  firstName: string;
  lastName: string;
  role?: ProviderRole | undefined;
  email?: string | null | undefined;
  /** Counted when the provider is made; afterwards staff assign them. */
  operatoryIds?: string[] | undefined;
  locationIds?: string[] | undefined;
}

/** An operatory as the practice system tells it. */
export interface ForeignOperatory extends ForeignRef {
  pmsName: string;
  shortName?: string | null | undefined;
  locationId: string;
  hygiene?: boolean | undefined;
}

/** What the practice system says of providers and operatories, taken over without undoing what staff did here. */
@Injectable()
export class CatalogImport {
  constructor(
    private readonly providers: ProviderService,
    private readonly operatories: OperatoryService,
  ) {}

  /** Made inactive: the practice chooses whom patients may book. */
  async upsertProvider(scope: TenantScope, tx: Tx, found: ForeignProvider): Promise<Upserted<Provider>> {
    const { connectionId, foreignId, pmsName, firstName, lastName, role } = found;
    return this.providers.upsertForeign(
      scope,
      tx,
      { connectionId, foreignId },
      { pmsName, firstName, lastName, displayName: pmsName, role },
      {
        active: false,
        email: found.email ?? null,
        operatoryIds: found.operatoryIds ?? [],
        locationIds: found.locationIds ?? [],
      },
    );
  }

  async upsertOperatory(scope: TenantScope, tx: Tx, found: ForeignOperatory): Promise<Upserted<Operatory>> {
    const { connectionId, foreignId, pmsName, shortName, locationId, hygiene } = found;
    return this.operatories.upsertForeign(
      scope,
      tx,
      { connectionId, foreignId },
      { pmsName, name: pmsName, shortName, hygiene },
      { locationId },
    );
  }

  /** `present`: every foreign id that the practice system has now. Held items are a warning to show. */
  async retireProviders(
    scope: TenantScope,
    tx: Tx,
    connectionId: string,
    present: ReadonlySet<string>,
  ): Promise<{ retired: string[]; held: HeldItem[] }> {
    return this.providers.retireVanished(scope, tx, connectionId, present);
  }

  async retireOperatories(
    scope: TenantScope,
    tx: Tx,
    connectionId: string,
    present: ReadonlySet<string>,
  ): Promise<{ retired: string[]; held: HeldItem[] }> {
    return this.operatories.retireVanished(scope, tx, connectionId, present);
  }
}
