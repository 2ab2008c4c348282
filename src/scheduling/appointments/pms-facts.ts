import { Inject, Injectable } from '@nestjs/common';
import type { EventType } from '../../events/index.js';
import { CLOCK, localDateOf, localTimeOf, zoneId, type Clock, type TenantScope } from '../../kernel/index.js';
import type { Tx } from '../../persistence/index.js';
import { DueWork } from '../../queues/index.js';
import { Book } from '../book/book.js';
import { AppointmentWriter } from './appointment-writer.js';
import type { Appointment } from './appointment.schema.js';
import { claimsOfAppointment } from './appointments.service.js';
import { EXPIRE_REQUEST } from './booking.service.js';
import { keepsTime, OCCUPYING, type Status } from './lifecycle.js';

/** How far a visit has come in the practice system. */
export type PmsProgress = 'scheduled' | 'arrived' | 'in_chair' | 'completed' | 'cancelled' | 'missed';

/** What the practice system says of one of our appointments. Instants are epoch ms. */
export interface PmsFact {
  start: number;
  end: number;
  providerId: string;
  operatoryId: string;
  progress: PmsProgress;
  /** The office's confirmation; null: it says nothing new. */
  confirmed: boolean | null;
}

const REACHED: Record<PmsProgress, { status: Status; event: EventType; what: string }> = {
  scheduled: { status: 'booked', event: 'appointment.booked', what: 'restore' },
  arrived: { status: 'arrived', event: 'appointment.arrived', what: 'arrive' },
  in_chair: { status: 'in_chair', event: 'appointment.seated', what: 'seat' },
  completed: { status: 'completed', event: 'appointment.completed', what: 'complete' },
  cancelled: { status: 'cancelled', event: 'appointment.cancelled', what: 'cancel' },
  missed: { status: 'no_show', event: 'appointment.no_show', what: 'no_show' },
};

/** The order in which a visit goes on; the practice system is believed when it is further, or has ended the visit. */
const RANK: Partial<Record<Status, number>> = {
  requested: 0,
  booked: 1,
  confirmed: 1,
  arrived: 2,
  in_chair: 3,
  completed: 4,
};

/**
 * Takes over what the practice system says of an appointment: it is the truth, so neither the rules of the life cycle nor
 * the guard of the book stand in its way. Overlaps that this makes are for the caller to find.
 */
@Injectable()
export class PmsFacts {
  constructor(
    private readonly writer: AppointmentWriter,
    private readonly book: Book,
    private readonly work: DueWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Makes ready the pages that `take` will write; not inside a transaction. */
  async prepare(scope: TenantScope, appointment: Appointment, fact: PmsFact): Promise<void> {
    await this.book.prepare(scope, claimsOfAppointment({ ...appointment, ...placeOf(appointment, fact) }));
  }

  /** The appointment as it is afterwards; the same object when nothing differs. */
  async take(scope: TenantScope, tx: Tx, before: Appointment, fact: PmsFact): Promise<Appointment> {
    const ended = fact.progress === 'cancelled' || fact.progress === 'missed';
    let after = before;
    if (!ended && isElsewhere(after, fact)) after = await this.move(scope, tx, after, fact);
    after = await this.progress(scope, tx, after, fact.progress);
    if (!ended && fact.confirmed !== null) after = await this.confirm(scope, tx, after, fact.confirmed);
    return after;
  }

  private async move(scope: TenantScope, tx: Tx, before: Appointment, fact: PmsFact): Promise<Appointment> {
    const place = placeOf(before, fact);
    await this.book.release(scope, claimsOfAppointment(before), before._id, tx);
    await this.occupy(scope, tx, { ...before, ...place });
    const sameWall = keepsWallTime(before, fact);
    return this.writer.change(scope, tx, before, {
      what: sameWall ? 'zone_rules' : 'reschedule',
      to: OCCUPYING.includes(before.status) ? before.status : 'booked',
      event: sameWall ? 'appointment.instant_changed' : 'appointment.rescheduled',
      channel: 'pms',
      oldStart: before.start,
      set: { ...place, date: localDateOf(zoneId(before.zone), fact.start) },
    });
  }

  private async progress(scope: TenantScope, tx: Tx, before: Appointment, to: PmsProgress): Promise<Appointment> {
    const { status, event, what } = REACHED[to];
    const rank = RANK[status];
    if (before.status === status || (rank !== undefined && rank <= (RANK[before.status] ?? 0))) return before;
    if (before.status === 'requested') await this.work.cancel(scope, tx, EXPIRE_REQUEST, before._id);
    const occupied = OCCUPYING.includes(before.status);
    const keeps = keepsTime(status, before.start, this.clock.now());
    // One who was not to come may have given the time up already.
    if ((occupied && !keeps) || before.status === 'no_show')
      await this.book.release(scope, claimsOfAppointment(before), before._id, tx);
    if (keeps && (!occupied || before.status === 'no_show')) await this.occupy(scope, tx, before);
    const cancelReason = status === 'cancelled' ? 'other' : null;
    return this.writer.change(scope, tx, before, {
      what,
      to: status,
      event,
      channel: 'pms',
      set: { requestExpiresAt: null, cancelReason },
    });
  }

  /** Takes the time whoever else has it. */
  private async occupy(scope: TenantScope, tx: Tx, appointment: Appointment): Promise<void> {
    const { _id: ref, reasonId } = appointment;
    const taker = { kind: 'appointment', ref, reasonId } as const;
    await this.book.take(scope, tx, claimsOfAppointment(appointment), taker, { force: true });
  }

  private async confirm(scope: TenantScope, tx: Tx, before: Appointment, confirmed: boolean): Promise<Appointment> {
    if (confirmed && before.officeConfirmedAt === null && (before.status === 'booked' || before.status === 'confirmed'))
      return this.writer.change(scope, tx, before, {
        what: 'confirm',
        to: 'confirmed',
        event: 'appointment.confirmed',
        channel: 'pms',
        set: { officeConfirmedAt: this.clock.now() },
      });
    if (!confirmed && before.status === 'confirmed')
      return this.writer.change(scope, tx, before, {
        what: 'unconfirm',
        to: 'booked',
        event: 'appointment.unconfirmed',
        channel: 'pms',
        set: { officeConfirmedAt: null, patientConfirmedAt: null },
      });
    return before;
  }
}

/** A visit of another length has lost its pattern. */
function placeOf(before: Appointment, { start, end, providerId, operatoryId }: PmsFact) {
  const durationMinutes = (end - start) / 60_000;
  const pattern = durationMinutes === before.durationMinutes ? before.pattern : null;
  return { start, end, providerId, operatoryId, durationMinutes, pattern };
}

/** The practice system keeps wall times: under other rules of the zone the same visit has another instant. */
function keepsWallTime(before: Appointment, fact: PmsFact): boolean {
  const { start, end, providerId, operatoryId, local, zone } = before;
  const same = fact.end - fact.start === end - start && fact.providerId === providerId;
  return same && fact.operatoryId === operatoryId && localTimeOf(zoneId(zone), fact.start) === local;
}

function isElsewhere(appointment: Appointment, fact: PmsFact): boolean {
  const { start, end, providerId, operatoryId } = appointment;
  return start !== fact.start || end !== fact.end || providerId !== fact.providerId || operatoryId !== fact.operatoryId;
}
