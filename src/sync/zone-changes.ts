import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Consumers } from '../events/index.js';
import { addDays, CLOCK, wallAfter, zoneId, type Clock, type TenantScope } from '../kernel/index.js';
import { UnitOfWork, type Filter } from '../persistence/index.js';
import { Connections } from '../plugin-host/index.js';
import { DueWork, STANDARD_LADDER, WorkHandlers } from '../queues/index.js';
import { AppointmentRepository, Pages, type Appointment } from '../scheduling/index.js';
import { PageRewrites } from './pull/page-rewrites.js';
import { Exports, type Export } from './push/export.schema.js';
import { Sites, type Site } from './site/site.js';
import { claimsOfFacts, isLive } from './site/visit.js';
import { PULL, workKeyOf } from './state/rhythm.js';
import { PmsVisits, type PmsVisit } from './state/pms-visit.schema.js';
import { SyncRegister } from './state/sync-register.js';

/** Kind of due work that reads practice systems anew under other rules of a zone. */
const FOLLOW = 'sync.zones';
const AT_A_TIME = 500;
const DAY_MS = 86_400_000;

/**
 * A practice system keeps wall times, so under other rules of its zone all of its book has other instants: it is read anew
 * from the first day. Nothing has to be written there.
 */
@Injectable()
export class SyncedZones implements OnModuleInit {
  constructor(
    private readonly connections: Connections,
    private readonly sites: Sites,
    private readonly register: SyncRegister,
    private readonly exports: Exports,
    private readonly visits: PmsVisits,
    private readonly appointments: AppointmentRepository,
    private readonly pages: Pages,
    private readonly consumers: Consumers,
    private readonly handlers: WorkHandlers,
    private readonly work: DueWork,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.consumers.register({
      name: 'sync.zones',
      types: ['zones.changed'],
      handle: ({ _id }, scope, tx) => this.work.add(scope, tx, [{ kind: FOLLOW, key: _id, payload: {} }]),
    });
    this.handlers.register({
      kind: FOLLOW,
      transactional: false,
      ladder: STANDARD_LADDER,
      handle: ({ scope }) => this.follow(scope),
    });
  }

  private async follow(scope: TenantScope): Promise<void> {
    for (const connection of await this.connections.all(scope, 'pms', { anywhere: true })) {
      if (!connection.active) continue;
      const site = await this.sites.of(scope, connection);
      await this.rebase(site);
      await this.replace(site);
      await this.register.restart(site);
      await this.unitOfWork.run((tx) => this.work.hasten(scope, tx, PULL, workKeyOf(connection)));
    }
  }

  /** The front desk's visits again, from what is known of them: their days may begin at another instant. */
  private async replace(site: Site): Promise<void> {
    const { scope, connection, locationId } = site;
    for (let last = ''; ;) {
      const ofThem = { connectionId: connection._id, appointmentId: null };
      const theirs = { ...ofThem, _id: { $gt: last }, end: { $gt: this.clock.now() - DAY_MS } };
      const some = await this.visits
        .forTenant(scope)
        .find(theirs as Filter<PmsVisit>, { sort: { _id: 1 }, limit: AT_A_TIME });
      const rewrites = new PageRewrites(scope);
      for (const row of some.filter(isLive)) {
        const around = [-1, 0, 1].map((days) => ({ placeId: locationId, date: addDays(row.date, days) }));
        rewrites.drop(around, row._id);
        rewrites.put(claimsOfFacts(site, row), row._id);
      }
      await rewrites.flush(this.pages);
      last = some.at(-1)?._id ?? '';
      if (some.length < AT_A_TIME) return;
    }
  }

  /**
   * A visit that we have cancelled, but not there yet, was not moved there when it is read at another instant of the same
   * wall time. What is known of the other side follows the rules before it is compared.
   */
  private async rebase({ scope, connection }: Site): Promise<void> {
    const pending = { connectionId: connection._id, status: 'pending' } as Filter<Export>;
    const ids = await this.exports.forTenant(scope).ids(pending);
    const rows = await this.visits.forTenant(scope).find({ appointmentId: { $in: ids } } as Filter<PmsVisit>);
    const ours = await this.appointments.forTenant(scope).find({ _id: { $in: ids } } as Filter<Appointment>);
    for (const { _id, start, local, zone } of ours) {
      const row = rows.find(({ appointmentId }) => appointmentId === _id);
      const { instant } = wallAfter(zoneId(zone), local, start);
      if (row?.start !== start || instant === start) continue;
      const place = { start: instant, end: row.end + instant - start };
      await this.visits.forTenant(scope).update(row._id, { $set: place });
    }
  }
}
