import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { TenantScope } from '../kernel/index.js';
import type { Filter, Tx, Update } from '../persistence/index.js';
import { DueWork, STANDARD_LADDER, WorkHandlers } from '../queues/index.js';
import { Pages, type Page } from '../scheduling/index.js';
import { OverlapMarks } from './conflicts/overlap-marks.js';
import { ListForgetting } from './lists/list-forgetting.js';
import { Exports } from './push/export.schema.js';
import { PmsVisits, pmsVisitId } from './state/pms-visit.schema.js';
import { UnreadableRecords } from './unreadable/unreadable-records.js';
import { SyncStates } from './state/sync-state.schema.js';

const FORGET = 'sync.forget';

/** A practice system that was disconnected no longer fills the book. Our own appointments stay. */
@Injectable()
export class Forgetting implements OnModuleInit {
  constructor(
    private readonly states: SyncStates,
    private readonly visits: PmsVisits,
    private readonly exports: Exports,
    private readonly marks: OverlapMarks,
    private readonly lists: ListForgetting,
    private readonly pages: Pages,
    private readonly unreadable: UnreadableRecords,
    private readonly work: DueWork,
    private readonly handlers: WorkHandlers,
  ) {}

  onModuleInit(): void {
    this.handlers.register({
      kind: FORGET,
      transactional: false,
      ladder: STANDARD_LADDER,
      handle: ({ scope, row }) => this.forget(scope, String(row.payload['connectionId'])),
    });
  }

  begin(scope: TenantScope, tx: Tx, connectionId: string): Promise<void> {
    return this.work.add(scope, tx, [{ kind: FORGET, key: connectionId, payload: { connectionId } }]);
  }

  /** Each step may be repeated; the state goes last, because it knows the location. */
  private async forget(scope: TenantScope, connectionId: string): Promise<void> {
    const state = await this.states.forTenant(scope).findById(connectionId);
    const refs = { $gte: pmsVisitId(connectionId, ''), $lt: `${connectionId}0` };
    const pages = this.pages.forTenant(scope);
    await pages.updateMany(
      { entries: { $elemMatch: { ref: refs } } } as unknown as Filter<Page>,
      { $pull: { entries: { ref: refs } } } as unknown as Update<Page>,
    );
    if (state) await pages.updateMany({ placeId: state.locationId }, { $set: { hours: null, blockouts: [] } });
    await this.visits.forTenant(scope).removeMany({ connectionId });
    await this.exports.forTenant(scope).removeMany({ connectionId });
    await this.unreadable.forget(scope, connectionId);
    await this.marks.clear(scope, await this.marks.of(scope, connectionId));
    await this.lists.forget(scope, connectionId);
    await this.states.forTenant(scope).remove(connectionId);
  }
}
