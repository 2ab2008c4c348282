import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, mintSystemScope, type Clock, type TenantScope } from '../kernel/index.js';
import type { Tx } from '../persistence/index.js';
import { WakeUps } from './wake-ups.js';
import { WorkRepository } from './work.repository.js';
import type { WorkRow } from './work.schema.js';

export interface WorkRequest {
  kind: string;
  /** Names the work within its kind and tenant, e.g. an event id; asking twice with one key is asking once. */
  key: string;
  payload: WorkRow['payload'];
  /** Epoch ms; default: now. */
  dueAt?: number;
}

const upkeep = mintSystemScope('work ids hold their tenant; a batch is one write');

/** Asks for work. The row is the promise; the queue only wakes a worker for it (law 4). */
@Injectable()
export class DueWork {
  constructor(
    private readonly repository: WorkRepository,
    private readonly wakeUps: WakeUps,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  add(scope: TenantScope, tx: Tx, requests: WorkRequest[]): Promise<void> {
    return this.addAll(
      tx,
      requests.map((request) => ({ ...request, tenantId: scope.tenantId })),
    );
  }

  /** Work of several tenants in one write. */
  async addAll(tx: Tx, requests: readonly (WorkRequest & { tenantId: string })[]): Promise<void> {
    const now = this.clock.now();
    const rows = requests.map(({ tenantId, kind, key, payload, dueAt = now }) => ({
      _id: workId(kind, key),
      tenantId,
      kind,
      payload,
      dueAt,
      state: 'ready' as const,
      attempts: 0,
      leaseUntil: null,
      leaseToken: null,
      lastError: null,
      finishedAt: null,
      expireAt: null,
    }));
    await this.repository.forSystem(upkeep, tx).insertMissing(rows);
    const due = rows.filter((row) => row.dueAt <= now);
    if (due.length > 0) tx.afterCommit(() => this.wakeUps.send(due));
  }

  /**
   * Lets work that waits run now, e.g. a handler that puts itself off from time to time. When it is running already, it
   * runs again afterwards. Nothing happens when there is no such work, or it is over.
   */
  async hasten(scope: TenantScope, tx: Tx, kind: string, key: string): Promise<void> {
    const now = this.clock.now();
    const row = await this.repository
      .forTenant(scope, tx)
      .update(workId(kind, key), { $inc: { hastened: 1 }, $min: { dueAt: now } }, { state: 'ready' });
    if (row && row.leaseToken === null) tx.afterCommit(() => this.wakeUps.send([row]));
  }

  /** Takes back what has not begun. */
  async cancel(scope: TenantScope, tx: Tx, kind: string, key: string): Promise<void> {
    await this.repository
      .forTenant(scope, tx)
      .update(workId(kind, key), { $set: { state: 'cancelled' } }, { state: 'ready' });
  }
}

export function workId(kind: string, key: string): string {
  return `${kind}:${key}`;
}
