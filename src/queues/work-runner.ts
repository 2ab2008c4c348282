import { Inject, Injectable } from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';
import { LOG, type Log } from '../config/index.js';
import { CLOCK, mintSystemScope, mintTenantScope, Problem, randomToken, type Clock } from '../kernel/index.js';
import { UnitOfWork, type Tx } from '../persistence/index.js';
import { WorkHandlers, type OutsideHandler, type WorkHandler } from './handlers.js';
import { WorkRepository } from './work.repository.js';
import type { WorkRow } from './work.schema.js';

const RECEIPT_DAYS = 30;
const DAY_MS = 86_400_000;
const JITTER = 0.2;
/** A worker that is silent for so long is taken for dead, and its row is taken over. */
const LEASE_MS = 15_000;
const RENEW_MS = 5_000;

const worker = mintSystemScope('workers take due rows of every tenant');
const finished = new Counter({
  name: 'openchair_work_total',
  help: 'Runs of due work',
  labelNames: ['kind', 'outcome'],
});
const duration = new Histogram({
  name: 'openchair_work_seconds',
  help: 'Duration of runs of due work',
  labelNames: ['kind'],
});

/** Thrown inside the transaction when another worker has taken the row over: nothing of this run may stay. */
class LeaseLost extends Error {}

/** Runs one row: takes its lease, does the work, keeps the receipt or climbs the ladder. */
@Injectable()
export class WorkRunner {
  constructor(
    private readonly repository: WorkRepository,
    private readonly handlers: WorkHandlers,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Does nothing when the row is done, not due, or held by another worker. */
  async run(id: string): Promise<void> {
    const handler = this.handlers.of(id.slice(0, id.indexOf(':')));
    if (!handler) return this.log.warn({ work: id }, 'no handler is registered for this kind of work');
    const row = await this.take(id);
    if (!row) return;
    const stop = duration.startTimer({ kind: row.kind });
    try {
      await this.perform(handler, row);
      finished.inc({ kind: row.kind, outcome: 'done' });
    } catch (error) {
      if (!(error instanceof LeaseLost)) await this.fail(handler, row, error);
    } finally {
      stop();
    }
  }

  /** Attempts are counted when the lease is taken, so work that kills its worker reaches the end of the ladder too. */
  private async take(id: string): Promise<WorkRow | null> {
    const now = this.clock.now();
    return this.repository
      .forSystem(worker)
      .update(
        { _id: id, state: 'ready', dueAt: { $lte: now }, $or: [{ leaseUntil: null }, { leaseUntil: { $lte: now } }] },
        { $set: { leaseUntil: now + LEASE_MS, leaseToken: randomToken(12) }, $inc: { attempts: 1 } },
      );
  }

  private async perform(handler: WorkHandler, row: WorkRow): Promise<void> {
    const context = { row, scope: scopeOf(row) };
    if (handler.transactional) {
      await this.unitOfWork.run(async (tx) => {
        await handler.handle(context, tx);
        await this.finish(row, { state: 'done' }, tx);
      });
      return;
    }
    const outcome = await this.keeping(row, () => handler.handle(context));
    if (outcome) await this.finish(row, { state: 'ready', dueAt: outcome.again, attempts: 0 });
    else await this.finish(row, { state: 'done' });
  }

  /**
   * Renews the lease while `work` runs, however long the other side takes. Work in a transaction needs none of this: who
   * takes its row over makes the first commit, and the other one is rolled back.
   */
  private async keeping<T>(row: WorkRow, work: () => Promise<T>): Promise<T> {
    const renew = setInterval(() => {
      this.repository
        .forSystem(worker)
        .update({ _id: row._id, leaseToken: row.leaseToken }, { $set: { leaseUntil: this.clock.now() + LEASE_MS } })
        .catch((error: unknown) => this.log.warn({ work: row._id, err: error }, 'a lease was not renewed'));
    }, RENEW_MS);
    try {
      return await work();
    } finally {
      clearInterval(renew);
    }
  }

  private async fail(handler: WorkHandler, row: WorkRow, error: unknown): Promise<void> {
    const wait = handler.ladder[row.attempts - 1];
    const lastError = reasonOf(error);
    this.log.warn({ work: row._id, attempts: row.attempts, reason: lastError, err: error }, 'a run of due work failed');
    if (wait !== undefined) {
      const jitter = 1 + JITTER * (2 * Math.random() - 1);
      finished.inc({ kind: row.kind, outcome: 'retry' });
      await this.finish(row, { state: 'ready', dueAt: this.clock.now() + Math.round(wait * jitter), lastError }).catch(
        ignoreLost,
      );
      return;
    }
    finished.inc({ kind: row.kind, outcome: 'dead' });
    await this.unitOfWork
      .run(async (tx) => {
        if (!handler.transactional) await (handler as OutsideHandler).exhausted?.({ row, scope: scopeOf(row) }, tx);
        await this.finish(row, { state: 'dead', lastError }, tx);
      })
      .catch(ignoreLost);
  }

  private async finish(row: WorkRow, set: Partial<WorkRow>, tx?: Tx): Promise<void> {
    const now = this.clock.now();
    const receipt =
      set.state === 'done' ? { finishedAt: now, expireAt: new Date(now + RECEIPT_DAYS * DAY_MS), lastError: null } : {};
    const kept = await this.repository
      .forSystem(worker, tx)
      .update(
        { _id: row._id, leaseToken: row.leaseToken },
        { $set: { ...receipt, ...set, leaseUntil: null, leaseToken: null } },
      );
    if (!kept) throw new LeaseLost();
  }
}

function scopeOf(row: WorkRow) {
  return mintTenantScope(row.tenantId, { kind: 'system', id: row.kind });
}

/** Only words of ours: a foreign error's message might quote a patient. */
function reasonOf(error: unknown): string {
  if (error instanceof Problem) return `${error.code}: ${error.detail}`;
  if (error instanceof Error && 'reason' in error && typeof error.reason === 'string')
    return `${error.name}: ${error.reason}`;
  return error instanceof Error ? error.name : 'unknown';
}

function ignoreLost(error: unknown): void {
  if (!(error instanceof LeaseLost)) throw error;
}
