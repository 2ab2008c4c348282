import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, TtlCache, type Clock, type TenantScope } from '../kernel/index.js';
import type { PmsState } from '../scheduling/index.js';
import { Sites } from './site/site.js';
import { SyncRegister } from './state/sync-register.js';
import type { SyncState } from './state/sync-state.schema.js';

/** Every search asks for the freshness: what was read is good for so long. */
const KEPT_MS = 2_000;

/** Tells the scheduling how the practice system of a location is. */
@Injectable()
export class PmsStates {
  private readonly kept: TtlCache<readonly SyncState[]>;

  constructor(
    private readonly sites: Sites,
    private readonly register: SyncRegister,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.kept = new TtlCache(clock, { ttlMs: KEPT_MS });
  }

  /** `none`: nobody takes our bookings there, so the practice's own book is the only one. A second old at most. */
  async of(scope: TenantScope, locationId: string): Promise<PmsState> {
    const connection = await this.sites.writable(scope, locationId, true);
    if (!connection) return 'none';
    const { status } = connection.state;
    if (status === 'down' || status === 'unauthorized') return 'down';
    const state = await this.register.find(scope, connection._id);
    return state?.writing ? 'down' : 'up';
  }

  /** Whether a write of now can be expected to be answered soon. */
  async answers(scope: TenantScope, locationId: string): Promise<boolean> {
    const connection = await this.sites.writable(scope, locationId);
    if (!connection || (await this.of(scope, locationId)) !== 'up') return false;
    return (await this.register.find(scope, connection._id))?.pausedAt == null;
  }

  /** Epoch ms up to which the book of each location is known here; locations that no practice system feeds are left out. */
  async freshness(scope: TenantScope): Promise<ReadonlyMap<string, number>> {
    const known = new Map<string, number>();
    for (const { locationId, kinds } of await this.states(scope)) {
      if (!kinds.appointments) continue;
      known.set(locationId, Math.min(kinds.appointments.at, known.get(locationId) ?? Infinity));
    }
    return known;
  }

  private states(scope: TenantScope): Promise<readonly SyncState[]> {
    return this.kept.get(scope.tenantId, () => this.register.list(scope));
  }
}
