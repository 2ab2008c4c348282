import { createHash } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Outbox } from '../../events/index.js';
import { CLOCK, derivedId, TZDATA_VERSION, type Clock, type TenantScope } from '../../kernel/index.js';
import { isDuplicateKey, UnitOfWork, type Filter } from '../../persistence/index.js';
import { STANDARD_LADDER, WorkHandlers, type WorkContext } from '../../queues/index.js';
import { Locations } from '../../tenants/index.js';
import { AppointmentRepository } from '../appointments/appointment.repository.js';
import type { Appointment } from '../appointments/appointment.schema.js';
import { OCCUPYING } from '../appointments/lifecycle.js';
import { Blocks } from '../blocks/blocks.service.js';
import { ZoneHolds } from './zone-holds.js';
import { ZoneMover } from './zone-mover.js';
import { FOLLOW_ZONES, ZoneRules } from './zone-rules.js';
import { ZoneChanges, ZoneMoves, type ZoneChange, type ZoneMove } from './zone-rules.schema.js';

const AT_A_TIME = 200;
/** Wherever a day begins, what starts after this is not over. */
const PAST_MS = 36 * 3_600_000;

/**
 * Brings one practice to the rules of this tz database: what was agreed is a wall time, so instants follow. May be cut off
 * anywhere and begun again: what has been moved stands where it belongs and is passed over.
 */
@Injectable()
export class ZoneFollower implements OnModuleInit {
  constructor(
    private readonly rules: ZoneRules,
    private readonly mover: ZoneMover,
    private readonly holds: ZoneHolds,
    private readonly blocks: Blocks,
    private readonly appointments: AppointmentRepository,
    private readonly locations: Locations,
    private readonly changes: ZoneChanges,
    private readonly moves: ZoneMoves,
    private readonly outbox: Outbox,
    private readonly unitOfWork: UnitOfWork,
    private readonly handlers: WorkHandlers,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.handlers.register({
      kind: FOLLOW_ZONES,
      transactional: false,
      ladder: STANDARD_LADDER,
      handle: (context) => this.run(context),
    });
  }

  private async run({ scope, row }: WorkContext): Promise<void> {
    const changed = await this.rules.changedIn(Number(row.payload['generation']));
    const zones = [...new Set((await this.locations.list(scope)).map(({ zone }) => zone))].sort();
    const other = zones.filter((zone) => changed?.has(zone) ?? true);
    if (other.length === 0) return;
    const change = await this.begin(scope, row._id, (row.payload['from'] as string | null) ?? null, other);
    await this.moveAll(scope, change);
    for (const block of await this.blocks.toCome(scope)) await this.blocks.replace(scope, block, true);
    await this.holds.endMisplaced(scope);
    await this.mover.findOverlaps(scope, change._id);
    await this.end(scope, change._id);
  }

  private async begin(scope: TenantScope, seed: string, from: string | null, zones: string[]): Promise<ZoneChange> {
    const _id = derivedId('zoneChange', createHash('sha256').update(`${scope.tenantId} ${seed}`).digest());
    const counts = { moved: 0, inGap: 0, overlapping: 0 };
    const rows = this.changes.forTenant(scope);
    const times = { startedAt: this.clock.now(), finishedAt: null };
    await rows.insert({ _id, from, to: TZDATA_VERSION, zones, ...times, ...counts }).catch((error: unknown) => {
      if (!isDuplicateKey(error)) throw error;
    });
    return rows.getById(_id, 'zone change');
  }

  private async moveAll(scope: TenantScope, { _id, zones }: ZoneChange): Promise<void> {
    for (let last = ''; ;) {
      const filter = {
        _id: { $gt: last },
        zone: { $in: zones },
        start: { $gte: this.clock.now() - PAST_MS },
        // Who was known not to come has given the time back.
        status: { $in: OCCUPYING.filter((status) => status !== 'no_show') },
      };
      const some = await this.appointments
        .forTenant(scope)
        .find(filter as Filter<Appointment>, { sort: { _id: 1 }, limit: AT_A_TIME });
      await this.mover.follow(scope, _id, some);
      last = some.at(-1)?._id ?? '';
      if (some.length < AT_A_TIME) return;
    }
  }

  private async end(scope: TenantScope, id: string): Promise<void> {
    await this.unitOfWork.run(async (tx) => {
      const moves = this.moves.forTenant(scope, tx);
      const of = (more: object) => moves.count({ zoneChangeId: id, ...more } as Filter<ZoneMove>);
      const moved = await of({});
      const inGap = await of({ inGap: true });
      const overlapping = await of({ 'overlaps.0': { $exists: true } });
      const counts = { moved, inGap, overlapping };
      const change = await this.changes
        .forTenant(scope, tx)
        .patch(id, { ...counts, finishedAt: this.clock.now() }, 'zone change');
      await this.outbox.record(scope, tx, {
        type: 'zones.changed',
        subject: { kind: 'zone_change', id },
        sequence: change.version,
        data: { from: change.from, to: change.to, ...counts },
      });
    });
  }
}
