import { Injectable } from '@nestjs/common';
import type { TenantScope } from '../kernel/index.js';
import type { PmsState } from '../scheduling/index.js';
import { Sites } from './site/site.js';
import { SyncRegister } from './state/sync-register.js';

/** Tells the booking whether the practice system of a location can be counted on. */
@Injectable()
export class PmsStates {
  constructor(
    private readonly sites: Sites,
    private readonly register: SyncRegister,
  ) {}

  /** `none`: nobody takes our bookings there, so the practice's own book is the only one. */
  async of(scope: TenantScope, locationId: string): Promise<PmsState> {
    const connection = await this.sites.writable(scope, locationId);
    if (!connection) return 'none';
    const { status } = connection.state;
    if (status === 'down' || status === 'unauthorized') return 'down';
    const state = await this.register.find(scope, connection._id);
    return state?.writing ? 'down' : 'up';
  }
}
