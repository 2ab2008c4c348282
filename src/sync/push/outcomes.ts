import { Inject, Injectable } from '@nestjs/common';
import type { Alternative, Failure, PmsAppointment } from '@openchair/plugin-kit';
import type { EventType } from '../../events/index.js';
import { CLOCK, type Clock } from '../../kernel/index.js';
import { UnitOfWork, type Filter, type Tx } from '../../persistence/index.js';
import { DueWork } from '../../queues/index.js';
import { AppointmentRepository, AppointmentWriter, type Appointment, type SyncState } from '../../scheduling/index.js';
import { Conflicts } from '../conflicts/conflicts.js';
import { Overlaps } from '../conflicts/overlaps.js';
import { OwnVisits } from '../pull/own-visits.js';
import type { Site } from '../site/site.js';
import { factsOf, isLive, type VisitFacts } from '../site/visit.js';
import { pmsVisitId, PmsVisits, type PmsVisit } from '../state/pms-visit.schema.js';
import { PATIENCE, PULL, workKeyOf } from '../state/rhythm.js';
import { SyncLog } from '../state/sync-log.js';
import { Exports, type Export } from './export.schema.js';
import { Remarks } from './remarks.js';
import { changesBetween, differencesOf, wishOf, type Aspect } from './wish.js';

/**
 * `settled`: over, for now. `later`: this one is tried again. `unreached`: the practice system does not answer, so nothing else
 * is tried before `retryAt` (epoch ms; null: as patience says).
 */
export type Outcome =
  { kind: 'settled' } | { kind: 'later' } | { kind: 'unreached'; reason: string; retryAt: number | null };

const SETTLED: Outcome = { kind: 'settled' };
const LATER: Outcome = { kind: 'later' };

/** A write that was done. */
export interface Written {
  /** What the practice system holds now; null: it was told nothing, because both sides were equal. */
  record: PmsAppointment | null;
  /** What it was last seen to hold; null: the visit is new there. */
  known: PmsVisit | null;
  /** In what a known visit was changed. */
  wrote: readonly Aspect[];
}

/** What an attempt to write has come to, kept in one transaction: the row, the appointment's sync state and the event. */
@Injectable()
export class Outcomes {
  constructor(
    private readonly exports: Exports,
    private readonly visits: PmsVisits,
    private readonly appointments: AppointmentRepository,
    private readonly writer: AppointmentWriter,
    private readonly own: OwnVisits,
    private readonly conflicts: Conflicts,
    private readonly overlaps: Overlaps,
    private readonly remarks: Remarks,
    private readonly work: DueWork,
    private readonly log: SyncLog,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * What the record bears beside what was written, the front desk has done meanwhile: it is merged like any change of theirs. A
   * new visit that could not be all that was wished at once is written to again.
   */
  async written(site: Site, row: Export, appointment: Appointment, written: Written): Promise<Outcome> {
    const { record, known, wrote } = written;
    const visit = record && factsOf(site, record);
    const wish = wishOf(appointment);
    // A visit that ended over there does not come to life again by being asked for once more.
    if (visit && wish.live && !isLive(visit)) return this.refused(site, row, appointment, 'ended_in_pms');
    const expected = visit && known ? asWritten(visit, known, wrote) : visit;
    const unfinished = !known && visit !== null && wish.confirmed && !visit.confirmed;
    await this.unitOfWork.run(async (tx) => {
      if (expected) await this.remember(site, tx, row._id, expected);
      const foreignId = visit?.foreignId ?? known?.foreignId ?? appointment.sync.foreignId;
      const owed = this.remarks.owed(site, row, appointment, foreignId);
      await this.exports.forTenant(site.scope, tx).update(row._id, { $set: owed, $inc: { version: 0 } });
      const rest = unfinished
        ? ({ status: 'pending', dueAt: this.clock.now() } as const)
        : ({ status: 'done' } as const);
      if (!(await this.finish(site, tx, row, { ...rest, reason: null, asked: null }))) return;
      if (unfinished) return;
      const sync = {
        'sync.foreignId': foreignId,
        'sync.writtenVersion': appointment.version + 1,
        'sync.alternatives': [],
      };
      await this.tell(site, tx, row, 'written', null, 'appointment.sync.written', sync);
      const entry = { connectionId: site.connection._id, kind: 'export', ok: true, what: 'written' } as const;
      await this.log.note(site.scope, { ...entry, appointmentId: row._id }, tx);
    });
    // Whoever is cut off before this finds it with the next reading, as the row remembers what we know.
    if (visit && expected && changesBetween(expected, visit).length > 0)
      await this.own.merge(site, { appointmentId: appointment._id, visit });
    return unfinished ? LATER : SETTLED;
  }

  /** The visit is there, although its making was never acknowledged. What was changed there since is merged. */
  async found(site: Site, row: Export, appointment: Appointment, record: PmsAppointment): Promise<void> {
    const visit = factsOf(site, record);
    if (visit) await this.own.merge(site, { appointmentId: appointment._id, visit });
    await this.exports.forTenant(site.scope).update(row._id, { $set: { asked: null }, $inc: { version: 0 } });
  }

  /** Nothing is to be written: the visit was cancelled before the practice system heard of it. */
  async equal(site: Site, row: Export, { _id }: Appointment): Promise<Outcome> {
    await this.unitOfWork.run(async (tx) => {
      if (!(await this.finish(site, tx, row, { status: 'done', reason: null, asked: null }))) return;
      await this.writer.note(site.scope, tx, _id, { 'sync.state': 'none', 'sync.reason': null });
    });
    return SETTLED;
  }

  async tooLate(site: Site, row: Export, appointment: Appointment): Promise<Outcome> {
    return this.stop(site, row, appointment, 'timed_out', 'start_passed', 'appointment.sync.timed_out');
  }

  async refused(site: Site, row: Export, appointment: Appointment, reason: string): Promise<Outcome> {
    return this.stop(site, row, appointment, 'failed', reason, 'appointment.sync.failed');
  }

  /** The appointment is gone. */
  async dropped(site: Site, row: Export): Promise<Outcome> {
    await this.exports.forTenant(site.scope).remove(row._id);
    return SETTLED;
  }

  /** The practice system failed, or refused. */
  async failed(site: Site, row: Export, appointment: Appointment, failure: Failure): Promise<Outcome> {
    switch (failure.kind) {
      case 'rejected':
        return this.refused(site, row, appointment, failure.reason);
      case 'conflict':
        return this.taken(site, row, appointment, failure);
      case 'not_found':
        return this.missing(site, row, appointment, failure.reason);
      case 'rate_limited': {
        await this.tried(site, row, failure.reason, this.clock.now());
        return { kind: 'unreached', reason: failure.reason, retryAt: this.clock.now() + (failure.retryAfterMs ?? 0) };
      }
      case 'retryable':
        // One lost answer is no outage; a call that never left, or the breaker, says that nobody is there.
        if (failure.outcome !== 'not_done') return this.postponed(site, row, failure.reason, true);
        break;
      case 'unauthorized':
        break;
    }
    await this.tried(site, row, failure.reason, this.clock.now());
    return { kind: 'unreached', reason: failure.reason, retryAt: null };
  }

  private async postponed(site: Site, row: Export, reason: string, awaitsOutcome = false): Promise<Outcome> {
    const wait = PATIENCE[Math.min(row.attempts, PATIENCE.length - 1)] as number;
    await this.tried(site, row, reason, this.clock.now() + wait, awaitsOutcome);
    return LATER;
  }

  /** The time is taken there: by a visit of ours that is still to be given back, or for good. */
  private async taken(site: Site, row: Export, appointment: Appointment, failure: Failure): Promise<Outcome> {
    if (await this.waitsForOurs(site, row, appointment)) return this.postponed(site, row, 'waits_for_release');
    // A practice system that has just refused a time may still call it free.
    const { start, providerId } = appointment;
    const theirs = (failure.alternatives ?? [])
      .flatMap((one) => alternativeOf(site, one))
      .filter((one) => one.start !== start || one.providerId !== providerId);
    const alternatives = theirs.length > 0 ? theirs : await this.overlaps.alternatives(site, appointment);
    await this.unitOfWork.run(async (tx) => {
      if (!(await this.finish(site, tx, row, { status: 'stopped', reason: failure.reason }))) return;
      await this.conflicts.open(site, tx, appointment, 'refused', null, alternatives);
      // What took the time is read soon.
      await this.work.hasten(site.scope, tx, PULL, workKeyOf(site.connection));
    });
    return SETTLED;
  }

  /** The visit (or its patient) is not there any more. A visit that was to be cancelled is as good as cancelled. */
  private async missing(site: Site, row: Export, appointment: Appointment, reason: string): Promise<Outcome> {
    const visit = await this.visits.forTenant(site.scope).findOne({ appointmentId: row._id } as Filter<PmsVisit>);
    if (!visit) return this.refused(site, row, appointment, reason);
    if (!wishOf(appointment).live) {
      await this.visits.forTenant(site.scope).update(visit._id, { $set: { status: 'deleted' } });
      return this.written(site, row, appointment, { record: null, known: null, wrote: [] });
    }
    await this.unitOfWork.run(async (tx) => {
      if (!(await this.finish(site, tx, row, { status: 'stopped', reason }))) return;
      await this.visits.forTenant(site.scope, tx).update(visit._id, { $set: { status: 'deleted' } });
      await this.conflicts.open(site, tx, appointment, 'gone', null);
    });
    return SETTLED;
  }

  private async stop(
    site: Site,
    row: Export,
    { _id }: Appointment,
    state: SyncState,
    reason: string,
    event: EventType,
  ): Promise<Outcome> {
    await this.unitOfWork.run(async (tx) => {
      if (!(await this.finish(site, tx, row, { status: 'stopped', reason }))) return;
      await this.tell(site, tx, row, state, reason, event);
      const entry = { connectionId: site.connection._id, kind: 'export', ok: false, what: reason } as const;
      await this.log.note(site.scope, { ...entry, appointmentId: _id }, tx);
    });
    return SETTLED;
  }

  /** Notes an attempt that came to nothing; the appointment stays `pending`. */
  private async tried(
    site: Site,
    row: Export,
    reason: string,
    putOffTo: number,
    awaitsOutcome = row.awaitsOutcome,
  ): Promise<void> {
    await this.unitOfWork.run(async (tx) => {
      // News that came during the attempt is newer than its answer.
      const heard = (await this.exports.forTenant(site.scope, tx).findById(row._id))?.dueAt !== row.dueAt;
      const dueAt = heard ? this.clock.now() : putOffTo;
      if (!(await this.finish(site, tx, row, { status: 'pending', reason, dueAt, awaitsOutcome }))) return;
      await this.tell(site, tx, row, 'pending', reason);
    });
  }

  /** False when the appointment was changed meanwhile: the row is then another wish, and stays as it is. */
  private async finish(site: Site, tx: Tx, row: Export, set: Partial<Export>): Promise<boolean> {
    const counted = { awaitsOutcome: false, ...set, attempts: row.attempts + 1, lastAt: this.clock.now() };
    const rows = this.exports.forTenant(site.scope, tx);
    return (await rows.update(row._id, { $set: counted }, { version: row.version } as Filter<Export>)) !== null;
  }

  private async tell(
    site: Site,
    tx: Tx,
    row: Export,
    state: SyncState,
    reason: string | null,
    event?: EventType,
    more: Record<string, unknown> = {},
  ): Promise<void> {
    const sync = {
      'sync.state': state,
      'sync.reason': reason,
      'sync.attempts': row.attempts + 1,
      'sync.lastAt': this.clock.now(),
      'sync.connectionId': site.connection._id,
      ...more,
    };
    await this.writer.note(site.scope, tx, row._id, sync, event);
  }

  /** The row that says what the practice system holds. */
  private async remember(site: Site, tx: Tx, appointmentId: string, visit: VisitFacts): Promise<void> {
    const rows = this.visits.forTenant(site.scope, tx);
    const _id = pmsVisitId(site.connection._id, visit.foreignId);
    // Whether the patient would come earlier is news for the next pull to tell.
    const { asap: _, ...told } = visit;
    const set = { ...told, appointmentId, exportedAt: this.clock.now() };
    if (await rows.update(_id, { $set: set })) return;
    await rows.insert({ _id, connectionId: site.connection._id, asap: false, ...set });
  }

  /** Whether the time is held over there by another appointment of ours that has left it here. */
  private async waitsForOurs(site: Site, row: Export, wanted: Appointment): Promise<boolean> {
    const inTheWay = await this.visits.forTenant(site.scope).find({
      connectionId: site.connection._id,
      appointmentId: { $type: 'string', $ne: row._id },
      start: { $lt: wanted.end },
      end: { $gt: wanted.start },
      $or: [{ providerId: wanted.providerId }, { operatoryId: wanted.operatoryId }],
    } as unknown as Filter<PmsVisit>);
    for (const visit of inTheWay) {
      if (!isLive(visit) || visit.appointmentId === null) continue;
      const other = await this.exports.forTenant(site.scope).findById(visit.appointmentId);
      if (other?.status !== 'pending') continue;
      const appointment = await this.appointments.forTenant(site.scope).findById(visit.appointmentId);
      if (appointment && differencesOf(visit, wishOf(appointment)).length > 0) return true;
    }
    return false;
  }
}

/** What a known visit is when nobody but us has touched it. */
function asWritten(visit: VisitFacts, known: PmsVisit, wrote: readonly Aspect[]): VisitFacts {
  const { date, start, end, providerId, operatoryId, pattern, status, confirmed } = known;
  return {
    ...visit,
    ...(wrote.includes('place') ? {} : { date, start, end, providerId, operatoryId, pattern }),
    ...(wrote.includes('status') ? {} : { status }),
    ...(wrote.includes('confirmation') ? {} : { confirmed }),
  };
}

function alternativeOf(site: Site, { start, providerForeignId, operatoryForeignId }: Alternative) {
  const providerId = site.providers.get(providerForeignId);
  if (providerId === undefined) return [];
  const operatoryId = operatoryForeignId === undefined ? null : (site.operatories.get(operatoryForeignId) ?? null);
  return [{ start, providerId, operatoryId }];
}
