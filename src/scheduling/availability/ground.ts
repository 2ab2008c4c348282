import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Catalog, type CatalogSnapshot, type Reason } from '../../catalog/index.js';
import {
  CLOCK,
  localDateOf,
  notFound,
  zoneId,
  type Clock,
  type LocalDate,
  type TenantScope,
} from '../../kernel/index.js';
import { Locations, Settings, type Location } from '../../tenants/index.js';
import { placeOf, type Place } from './place.js';
import type { SlotQuery } from './query.js';

/** What a search stands on: the reasons and locations that it is about, and the day it is. */
export interface Ground {
  readonly snapshot: CatalogSnapshot;
  readonly places: readonly Place[];
  readonly now: number;
  /** At the location where the day is earliest. */
  readonly today: LocalDate;
  /** The same for searches that have the same answer as long as pages and time are the same; null: this one is its own. */
  readonly key: string | null;
}

/** Looks at a practice as if parts of it were otherwise. */
export interface Overlay {
  snapshot(snapshot: CatalogSnapshot): CatalogSnapshot;
  location(location: Location): Location;
}

/** How a practice is looked at. */
interface Looking {
  overlay?: Overlay;
  catalogAge?: number;
}

const AS_IT_IS: Overlay = { snapshot: (snapshot) => snapshot, location: (location) => location };

/** Puts together what the catalogue, the locations and the settings say about a query. */
@Injectable()
export class Grounds {
  constructor(
    private readonly catalog: Catalog,
    private readonly locations: Locations,
    private readonly settings: Settings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * `not_found` for a reason, provider or location that does not exist here. `catalogAge`: so old (ms) may the catalogue be
   * where it was asked for a moment ago.
   */
  async of(
    scope: TenantScope,
    query: SlotQuery,
    { overlay = AS_IT_IS, catalogAge = 0 }: Looking = {},
  ): Promise<Ground> {
    const [found, settings, all, everywhere] = await Promise.all([
      this.catalog.lately(scope, catalogAge),
      this.settings.effective(scope),
      this.locationsFor(scope, query),
      this.locations.allLately(scope),
    ]);
    const snapshot = overlay.snapshot(found);
    const locations = all.map((location) => overlay.location(location));
    const reasons = query.reasonIds.map((id) => snapshot.reasonById.get(id) ?? missing('reason'));
    for (const id of query.providerIds ?? []) if (!snapshot.providerById.has(id)) missing('provider');
    for (const id of query.locationIds ?? []) if (!locations.some(({ _id }) => _id === id)) missing('location');
    const zones = new Map([...everywhere, ...locations].map(({ _id, zone }) => [_id, zoneId(zone)]));
    const now = this.clock.now();
    const here = locations.filter(({ _id }) => query.locationIds?.includes(_id) ?? true);
    const places = reasons
      .filter(({ active }) => active)
      .flatMap((reason) =>
        here
          .filter(({ _id }) => reason.locationIds.length === 0 || reason.locationIds.includes(_id))
          .map((location) => placeOf(reason, location, zones, snapshot, settings, query, now))
          .filter(({ providers }) => providers.length > 0),
      );
    const today = here.map(({ zone }) => localDateOf(zoneId(zone), now)).sort()[0] ?? localDateOf(zoneId('UTC'), now);
    const scheduling = JSON.stringify(settings.scheduling);
    const versions = here.map(({ _id, version }) => `${_id}:${version}`).join();
    const common = overlay === AS_IT_IS && isCommon(query);
    const parts = [scope.tenantId, snapshot.version, versions, scheduling, JSON.stringify(query)];
    return { snapshot, places, now, today, key: common ? sha1(parts.join('|')) : null };
  }

  /** A location that was made a moment ago may not be among those that are kept. */
  private async locationsFor(scope: TenantScope, { locationIds = [] }: SlotQuery): Promise<readonly Location[]> {
    const kept = await this.locations.active(scope);
    const all = locationIds.every((id) => kept.some(({ _id }) => _id === id));
    return all ? kept : this.locations.list(scope, { activeOnly: true });
  }

  /** The reason with the catalogue that it stands in; `not_found` when there is none. */
  async reasonOf(scope: TenantScope, reasonId: string): Promise<{ reason: Reason; snapshot: CatalogSnapshot }> {
    const snapshot = await this.catalog.snapshot(scope);
    return { reason: snapshot.reasonById.get(reasonId) ?? missing('reason'), snapshot };
  }
}

/** Others may well ask the same. */
function isCommon({ ignoreRef, dateOfBirth }: SlotQuery): boolean {
  return !ignoreRef && !dateOfBirth;
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('base64');
}

function missing(what: string): never {
  throw notFound(what);
}
