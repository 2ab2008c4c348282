import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, type TenantScope } from '../../kernel/index.js';
import {
  isDuplicateKey,
  repeatTransaction,
  UnitOfWork,
  type Filter,
  type Fresh,
  type Tx,
} from '../../persistence/index.js';
import type { Connection } from '../../plugin-host/index.js';
import { DueWork } from '../../queues/index.js';
import type { Site } from '../site/site.js';
import { workKeyOf } from '../state/rhythm.js';
import { SyncLog } from '../state/sync-log.js';
import { LIST_RHYTHM, LISTING, type List } from './lists.js';
import { ListStates, listStateId, type ListState } from './list-state.schema.js';

/**
 * How each list of a practice system stands, and when it is to be read again. Whoever goes on with one that is forgotten
 * meets `not_found`.
 */
@Injectable()
export class ListRegister {
  constructor(
    private readonly states: ListStates,
    private readonly work: DueWork,
    private readonly log: SyncLog,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Those that were read, or asked for, at least once. */
  async known(scope: TenantScope, connectionId: string): Promise<ReadonlyMap<List, ListState>> {
    const found = await this.states.forTenant(scope).find({ connectionId } as Filter<ListState>);
    return new Map(found.map((state) => [state.list, state]));
  }

  async get({ scope, connection }: Site, list: List): Promise<ListState> {
    const rows = this.states.forTenant(scope);
    const id = listStateId(connection._id, list);
    const known = await rows.findById(id);
    if (known) return known;
    try {
      return await rows.insert(fresh(connection._id, list, 0));
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      return rows.getById(id, 'list');
    }
  }

  /**
   * Wishes lists read soon, whatever their rhythm says: a person at once, also one that waits after a failure; a vendor's
   * `hint` in moderation.
   */
  async ask(
    scope: TenantScope,
    tx: Tx,
    connection: Connection,
    lists: readonly List[],
    by: 'person' | 'hint',
  ): Promise<void> {
    const rows = this.states.forTenant(scope, tx);
    for (const list of lists) {
      const id = listStateId(connection._id, list);
      const known = await rows.findById(id);
      if (known) await rows.update(id, { $inc: { asked: 1 }, $set: wishOf(known, by, this.clock.now()) });
      else
        await rows.insert(fresh(connection._id, list, 1)).catch((error: unknown) => {
          throw isDuplicateKey(error) ? repeatTransaction(error) : error;
        });
    }
    await this.work.hasten(scope, tx, LISTING, workKeyOf(connection));
  }

  /** Lets what is due be read now. */
  wake({ scope, connection }: Site): Promise<void> {
    return this.unitOfWork.run((tx) => this.work.hasten(scope, tx, LISTING, workKeyOf(connection)));
  }

  /** Some of it is here; `next` is the first day of the rest. */
  async went({ scope }: Site, { _id, part, asked }: ListState, next: string, began: number): Promise<ListState> {
    const set = { part: { began, next, asked: part?.asked ?? asked } };
    return this.states.forTenant(scope).patch(_id, set, 'list');
  }

  /** The whole list is here. What was asked for meanwhile is read afterwards. */
  async done({ scope, connection }: Site, state: ListState, records: number, unreadable: number): Promise<ListState> {
    const { _id, part, asked, round, trouble, list } = state;
    const whole = { readAt: this.clock.now(), records, unreadable, round: round + 1, served: part?.asked ?? asked };
    const after = await this.states.forTenant(scope).patch(_id, { ...whole, part: null, trouble: null }, 'list');
    if (state.readAt === null || trouble || records !== state.records) {
      const entry = { connectionId: connection._id, kind: 'pull', ok: true, what: list, records } as const;
      await this.log.note(scope, entry);
    }
    return after;
  }

  /** The reading begins anew later: what is here already stays until a whole reading has not had it. */
  async failed(
    { scope, connection }: Site,
    state: ListState,
    reason: string,
    retryAt: number | null,
  ): Promise<ListState> {
    const now = this.clock.now();
    const { _id, trouble: before, list } = state;
    const count = (before?.count ?? 0) + 1;
    const { patienceMs } = LIST_RHYTHM;
    const until = retryAt ?? now + (patienceMs[Math.min(count, patienceMs.length) - 1] as number);
    const same = before?.reason === reason;
    const reasonSince = same ? before.reasonSince : now;
    const trouble = { reason, since: before?.since ?? now, reasonSince, count, until };
    const set = { trouble, part: null, round: state.round + 1 };
    const after = await this.states.forTenant(scope).patch(_id, set, 'list');
    if (!same) {
      await this.log.note(scope, { connectionId: connection._id, kind: 'pull', ok: false, what: `${list}: ${reason}` });
    }
    return after;
  }
}

/** Epoch ms at which a list is to be read. */
export function dueAt({ list, trouble, part, asked, served, soonest, readAt }: ListState): number {
  if (trouble) return trouble.until;
  if (part || readAt === null) return 0;
  return asked > served ? soonest : readAt + LIST_RHYTHM.everyMs[list];
}

function wishOf({ list, asked, served, soonest, readAt, trouble }: ListState, by: 'person' | 'hint', now: number) {
  if (by === 'person') return { soonest: 0, ...(trouble ? { 'trouble.until': now } : {}) };
  const afterwards = (readAt ?? 0) + LIST_RHYTHM.hintGapMs[list];
  return { soonest: asked > served ? Math.min(soonest, afterwards) : afterwards };
}

function fresh(connectionId: string, list: List, asked: number): Fresh<ListState> {
  const blank = { served: 0, soonest: 0, readAt: null, records: 0, unreadable: 0, round: 0, part: null, trouble: null };
  return { _id: listStateId(connectionId, list), connectionId, list, asked, ...blank };
}
