import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, invalid, Problem, type Clock, type TenantScope } from '../../kernel/index.js';
import type { TenantDocument, TenantRepository } from '../../persistence/index.js';
import { CarrierRepository } from '../carriers/carrier.repository.js';
import { InsuranceSettingsService } from '../carriers/insurance-settings.service.js';
import { OperatoryRepository } from '../operatories/operatory.repository.js';
import { ProviderRepository } from '../providers/provider.repository.js';
import { ReasonRepository } from '../reasons/reason.repository.js';
import { ReferrerRepository } from '../referrers/referrer.repository.js';
import { CatalogVersions } from '../shared/catalog-version.js';
import { snapshotOf, type CatalogSnapshot } from './snapshot.js';

/** Practices whose catalogue one process keeps; the least recently used one leaves first. */
const CACHE_LIMIT = 2_000;
const MAX_LOADS = 10;
/** How old a copy may be for what has just been judged by one. */
const LATELY_MS = 5_000;

/** When it was asked whether a copy is the newest (epoch ms), and which change was then this process's own last one. */
interface Asked {
  at: number;
  change: number;
}

/** A copy of a catalogue that was found to be the newest. */
interface Kept extends Asked {
  snapshot: CatalogSnapshot;
}

/** The fast read of a catalogue for the booking path: one small read when nothing has changed since the last. */
@Injectable()
export class Catalog {
  private readonly cache = new Map<string, Kept>();
  private readonly loading = new Map<string, Promise<CatalogSnapshot>>();

  constructor(
    private readonly versions: CatalogVersions,
    private readonly providers: ProviderRepository,
    private readonly operatories: OperatoryRepository,
    private readonly reasons: ReasonRepository,
    private readonly carriers: CarrierRepository,
    private readonly referrers: ReferrerRepository,
    private readonly insurance: InsuranceSettingsService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Holds every change that was committed before the call, by whichever process. */
  async snapshot(scope: TenantScope): Promise<CatalogSnapshot> {
    const asked = this.ask(scope);
    const current = await this.versions.current(scope);
    for (let loads = 0; loads < MAX_LOADS; loads += 1) {
      const kept = this.cache.get(scope.tenantId)?.snapshot;
      if (kept && kept.version >= current) return this.keep(scope.tenantId, kept, asked);
      const underWay = this.loading.get(scope.tenantId) ?? this.begin(scope);
      // A load that began before our look at the version may end behind it: then it is loaded once more.
      await underWay;
    }
    throw new Problem('unavailable', 'The catalogue changes faster than it can be read. Try again.', { retryAfter: 1 });
  }

  /**
   * As `snapshot`, or as this process has seen it up to `withinMs` ago: for what was judged by it just now, e.g. a held time. What
   * this process has changed itself, it sees at once.
   */
  async lately(scope: TenantScope, withinMs = LATELY_MS): Promise<CatalogSnapshot> {
    const kept = this.cache.get(scope.tenantId);
    const { at, change } = this.ask(scope);
    const good = kept?.change === change && at >= kept.at && at < kept.at + withinMs;
    return good ? kept.snapshot : this.snapshot(scope);
  }

  /** `invalid_request` at `/referrerId` for a referrer that cannot be named here; nothing to say of none. */
  async assertReferrer(scope: TenantScope, referrerId: string | undefined): Promise<void> {
    if (referrerId === undefined || (await this.snapshot(scope)).referrerById.get(referrerId)?.active) return;
    throw invalid('/referrerId', 'not_found', 'No referrer with this id exists here.');
  }

  private begin(scope: TenantScope): Promise<CatalogSnapshot> {
    const asked = this.ask(scope);
    const load = this.load(scope)
      .then((snapshot) => this.keep(scope.tenantId, snapshot, asked))
      .finally(() => this.loading.delete(scope.tenantId));
    this.loading.set(scope.tenantId, load);
    return load;
  }

  /** Reads until no change was committed in between, so that the lists fit one another. */
  private async load(scope: TenantScope): Promise<CatalogSnapshot> {
    let version = await this.versions.current(scope);
    for (let reads = 0; reads < MAX_LOADS; reads += 1) {
      const [providers, operatories, reasons, carriers, referrers, insuranceSettings] = await Promise.all([
        inOrder(this.providers, scope),
        inOrder(this.operatories, scope),
        inOrder(this.reasons, scope),
        inOrder(this.carriers, scope),
        inOrder(this.referrers, scope),
        this.insurance.get(scope),
      ]);
      const after = await this.versions.current(scope);
      if (after === version) {
        return snapshotOf(version, { providers, operatories, reasons, carriers, referrers, insuranceSettings });
      }
      version = after;
    }
    throw new Problem('unavailable', 'The catalogue changes faster than it can be read. Try again.', { retryAfter: 1 });
  }

  private ask(scope: TenantScope): Asked {
    return { at: this.clock.now(), change: this.versions.lastHere(scope) };
  }

  private keep(tenantId: string, snapshot: CatalogSnapshot, asked: Asked): CatalogSnapshot {
    this.cache.delete(tenantId);
    this.cache.set(tenantId, { snapshot, ...asked });
    if (this.cache.size > CACHE_LIMIT) this.cache.delete(this.cache.keys().next().value as string);
    return snapshot;
  }
}

function inOrder<T extends TenantDocument>(repository: TenantRepository<T>, scope: TenantScope): Promise<T[]> {
  return repository.forTenant(scope).find({}, { sort: { order: 1, _id: 1 } });
}
