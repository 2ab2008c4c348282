import { Injectable } from '@nestjs/common';
import {
  revisedProvider,
  revisedReason,
  type CatalogSnapshot,
  type Provider,
  type Reason,
} from '../../catalog/index.js';
import { notFound, type LocalDate, type TenantScope } from '../../kernel/index.js';
import { revisedLocation, type Location } from '../../tenants/index.js';
import { firstDay, range } from './calendar-days.js';
import type { DryRun } from './dry-run.dto.js';
import { Grounds, type Overlay } from './ground.js';
import { PageReader } from './page-reader.js';
import type { Slot } from './query.js';
import { slotsOn } from './slots-on.js';

/** A day on which a change makes a difference. */
export interface DayChange {
  date: LocalDate;
  before: number;
  after: number;
  appear: Slot[];
  vanish: Slot[];
}

/** Compares the slots as they are with those after a change of hours, duration or buffers. Saves nothing. */
@Injectable()
export class DryRuns {
  constructor(
    private readonly grounds: Grounds,
    private readonly reader: PageReader,
  ) {}

  async compare(scope: TenantScope, change: DryRun): Promise<{ before: number; after: number; days: DayChange[] }> {
    const query = { reasonIds: change.reasonIds, locationIds: change.locationIds };
    const is = await this.grounds.of(scope, query);
    const overlay = new Changes(change);
    const wouldBe = await this.grounds.of(scope, query, { overlay });
    overlay.assertMet();
    const from = firstDay(change.from, is.today);
    const shelf = await this.reader.read(scope, [...is.places, ...wouldBe.places], from, change.days);
    const all = range(from, change.days).map((date) =>
      difference(date, slotsOn(is, date, shelf), slotsOn(wouldBe, date, shelf)),
    );
    return {
      before: all.reduce((sum, { before }) => sum + before, 0),
      after: all.reduce((sum, { after }) => sum + after, 0),
      days: all.filter(({ appear, vanish }) => appear.length + vanish.length > 0),
    };
  }
}

function difference(date: LocalDate, before: readonly Slot[], after: readonly Slot[]): DayChange {
  const keyOf = ({ reasonId, locationId, providerId, start }: Slot) => `${reasonId}${locationId}${providerId}${start}`;
  const was = new Set(before.map(keyOf));
  const is = new Set(after.map(keyOf));
  return {
    date,
    before: before.length,
    after: after.length,
    appear: after.filter((slot) => !was.has(keyOf(slot))),
    vanish: before.filter((slot) => !is.has(keyOf(slot))),
  };
}

/** The practice with the changes laid over it. */
class Changes implements Overlay {
  private readonly unmet: Map<string, string>;

  constructor(private readonly change: DryRun) {
    this.unmet = new Map([
      ...(change.locations ?? []).map(({ locationId }) => [locationId, 'location'] as const),
      ...(change.providers ?? []).map(({ providerId }) => [providerId, 'provider'] as const),
      ...(change.reasons ?? []).map(({ reasonId }) => [reasonId, 'reason'] as const),
    ]);
  }

  location(location: Location): Location {
    const change = this.change.locations?.find(({ locationId }) => locationId === location._id);
    if (!change) return location;
    this.unmet.delete(location._id);
    return revisedLocation(location, change);
  }

  snapshot(snapshot: CatalogSnapshot): CatalogSnapshot {
    const reasons = snapshot.reasons.map((reason) => this.reason(reason));
    const providers = snapshot.providers.map((provider) => this.provider(provider));
    return {
      ...snapshot,
      reasons,
      providers,
      reasonById: new Map(reasons.map((one) => [one._id, one])),
      providerById: new Map(providers.map((one) => [one._id, one])),
    };
  }

  /** Every thing that is to be changed must be there. */
  assertMet(): void {
    for (const what of this.unmet.values()) throw notFound(what);
  }

  private reason(reason: Reason): Reason {
    const change = this.change.reasons?.find(({ reasonId }) => reasonId === reason._id);
    if (!change) return reason;
    this.unmet.delete(reason._id);
    const { reasonId: _, ...given } = change;
    return revisedReason(reason, given);
  }

  private provider(provider: Provider): Provider {
    const change = this.change.providers?.find(({ providerId }) => providerId === provider._id);
    if (!change) return provider;
    this.unmet.delete(provider._id);
    return revisedProvider(provider, change);
  }
}
