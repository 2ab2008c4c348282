import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock, type TenantScope } from '../../kernel/index.js';
import { isDuplicateKey, repeatTransaction, type Filter, type Tx } from '../../persistence/index.js';
import type { Connection } from '../../plugin-host/index.js';
import { DueWork } from '../../queues/index.js';
import { AppointmentWriter, type Appointment } from '../../scheduling/index.js';
import { PmsVisits, type PmsVisit } from '../state/pms-visit.schema.js';
import { PUSH, workKeyOf } from '../state/rhythm.js';
import { Exports, type Export } from './export.schema.js';
import { differencesOf, wishOf } from './wish.js';

/** What is to be written to practice systems. */
@Injectable()
export class ExportQueue {
  constructor(
    private readonly exports: Exports,
    private readonly visits: PmsVisits,
    private readonly writer: AppointmentWriter,
    private readonly work: DueWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Asks for an appointment to be written as it is now, unless the practice system holds it so already. Several wishes for one
   * appointment are one write. Returns whether there is anything to do.
   */
  async ask(scope: TenantScope, tx: Tx, connection: Connection, appointment: Appointment): Promise<boolean> {
    const rows = this.exports.forTenant(scope, tx);
    const row = await rows.findById(appointment._id);
    const visit = await this.visits
      .forTenant(scope, tx)
      .findOne({ appointmentId: appointment._id, connectionId: connection._id } as Filter<PmsVisit>);
    const wish = wishOf(appointment);
    const equal = visit ? differencesOf(visit, wish).length === 0 : !wish.live && !row?.asked;
    if (equal) {
      if (row && row.status !== 'done') await rows.update(row._id, { $set: { status: 'done', reason: null } });
      await this.settle(scope, tx, appointment, visit);
      return false;
    }
    const now = this.clock.now();
    const { patientId, start } = appointment;
    const fresh = { connectionId: connection._id, patientId, start, status: 'pending' as const, dueAt: now };
    const counters = { attempts: 0, reason: null, awaitsOutcome: false };
    if (row) {
      const since = row.status === 'pending' ? row.since : now;
      await rows.update(row._id, { $set: { ...fresh, ...counters, since } });
    } else {
      const first = {
        ...fresh,
        ...counters,
        _id: appointment._id,
        since: now,
        lastAt: null,
        asked: null,
        noted: 0,
        remark: null,
      };
      await rows.insert(first).catch((error: unknown) => {
        throw isDuplicateKey(error) ? repeatTransaction(error) : error;
      });
    }
    const sync = { 'sync.state': 'pending', 'sync.reason': null, 'sync.connectionId': connection._id };
    await this.writer.note(scope, tx, appointment._id, sync);
    await this.work.hasten(scope, tx, PUSH, workKeyOf(connection));
    return true;
  }

  /**
   * The practice system has news of its visits, so the outcome of a write may be known: what awaits one is looked at now. An attempt
   * that is under way is too late for the news; it shows in `dueAt` that another one is wanted.
   */
  async hear(scope: TenantScope, tx: Tx, connection: Connection): Promise<void> {
    const now = this.clock.now();
    const open = {
      connectionId: connection._id,
      status: 'pending',
      $or: [{ awaitsOutcome: true }, { asked: { $ne: null } }],
    };
    const due = { $set: { dueAt: now }, $inc: { version: 0 } };
    const found = await this.exports.forTenant(scope, tx).updateMany(open as Filter<Export>, due);
    if (found > 0) await this.work.hasten(scope, tx, PUSH, workKeyOf(connection));
  }

  /** Both sides are equal, though nothing was written: the practice system had it so, or never knew a visit that is cancelled. */
  private async settle(scope: TenantScope, tx: Tx, { _id, sync }: Appointment, visit: PmsVisit | null): Promise<void> {
    const state = visit ? 'written' : 'none';
    if (sync.state === state) return;
    const told = visit ? { 'sync.foreignId': visit.foreignId, 'sync.connectionId': visit.connectionId } : {};
    await this.writer.note(scope, tx, _id, {
      'sync.state': state,
      'sync.reason': null,
      'sync.alternatives': [],
      ...told,
    });
  }
}
