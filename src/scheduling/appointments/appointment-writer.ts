import { Inject, Injectable } from '@nestjs/common';
import { Outbox, type EventType } from '../../events/index.js';
import { CLOCK, localTimeOf, notFound, zoneId, Problem, type Clock, type TenantScope } from '../../kernel/index.js';
import type { Tx, Update } from '../../persistence/index.js';
import { AppointmentRepository } from './appointment.repository.js';
import type { Appointment, Channel, HistoryLine } from './appointment.schema.js';
import type { Status } from './lifecycle.js';

export interface Change {
  what: string;
  to: Status;
  event: EventType;
  channel: Channel;
  reason?: string | null;
  oldStart?: number;
  set?: Partial<Appointment>;
}

export type NewAppointment = Omit<
  Appointment,
  'tenantId' | 'createdAt' | 'updatedAt' | 'version' | 'history' | 'local'
>;

/** Every change of an appointment goes through here: new version, history line and event in one transaction. */
@Injectable()
export class AppointmentWriter {
  constructor(
    private readonly appointments: AppointmentRepository,
    private readonly outbox: Outbox,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async load(scope: TenantScope, tx: Tx, id: string): Promise<Appointment> {
    return this.appointments.forTenant(scope, tx).getById(id, 'appointment');
  }

  /** Writes a new appointment with the first line of its history. */
  async create(scope: TenantScope, tx: Tx, fresh: NewAppointment): Promise<Appointment> {
    const line = this.line(scope, { what: 'created', to: fresh.status, channel: fresh.channel }, null);
    const local = localTimeOf(zoneId(fresh.zone), fresh.start);
    const appointment = await this.appointments.forTenant(scope, tx).insert({ ...fresh, local, history: [line] });
    await this.tell(
      scope,
      tx,
      appointment,
      fresh.status === 'requested' ? 'appointment.requested' : 'appointment.booked',
    );
    return appointment;
  }

  /** Changes `appointment` as it was read in this transaction; a change made meanwhile by someone else is a conflict. */
  async change(scope: TenantScope, tx: Tx, appointment: Appointment, change: Change): Promise<Appointment> {
    const line = this.line(scope, change, appointment.status);
    const { start, zone = appointment.zone } = change.set ?? {};
    const wall = start === undefined ? {} : { local: localTimeOf(zoneId(zone), start) };
    const update = {
      $set: { ...change.set, ...wall, status: change.to },
      $push: { history: line },
    } as unknown as Update<Appointment>;
    const changed = await this.appointments
      .forTenant(scope, tx)
      .update(appointment._id, update, { version: appointment.version });
    if (!changed)
      throw new Problem('conflict', 'The appointment was changed by someone else at the same moment. Read it again.');
    await this.tell(
      scope,
      tx,
      changed,
      change.event,
      change.event === 'appointment.rescheduled' ? left(appointment) : {},
    );
    return changed;
  }

  /**
   * Facts beside the status, such as the sync state: no history line. The version grows only when an event is named,
   * because people's edits of the appointment do not collide with them.
   */
  async note(
    scope: TenantScope,
    tx: Tx,
    id: string,
    set: Record<string, unknown>,
    event?: EventType,
  ): Promise<Appointment> {
    const update = { $set: set, ...(event ? {} : { $inc: { version: 0 } }) } as Update<Appointment>;
    const changed = await this.appointments.forTenant(scope, tx).update(id, update);
    if (!changed) throw notFound('appointment');
    if (event) await this.tell(scope, tx, changed, event);
    return changed;
  }

  private async tell(
    scope: TenantScope,
    tx: Tx,
    appointment: Appointment,
    type: EventType,
    more: Record<string, string | number> = {},
  ): Promise<void> {
    const { locationId, providerId, operatoryId, reasonId, patientId, status, start, end, channel } = appointment;
    await this.outbox.record(scope, tx, {
      type,
      subject: { kind: 'appointment', id: appointment._id },
      sequence: appointment.version,
      data: { locationId, providerId, operatoryId, reasonId, patientId, status, start, end, channel, ...more },
    });
  }

  private line(
    scope: TenantScope,
    change: Pick<Change, 'what' | 'to' | 'channel' | 'reason' | 'oldStart'>,
    from: Status | null,
  ): HistoryLine {
    return {
      at: this.clock.now(),
      actor: scope.actor,
      channel: change.channel,
      what: change.what,
      from,
      to: change.to,
      reason: change.reason ?? null,
      ...(change.oldStart === undefined ? {} : { oldStart: change.oldStart }),
    };
  }
}

/** The place that a move leaves, for those whom its time may serve. */
function left({ locationId, providerId, operatoryId, start, end }: Appointment) {
  return {
    oldLocationId: locationId,
    oldProviderId: providerId,
    oldOperatoryId: operatoryId,
    oldStart: start,
    oldEnd: end,
  };
}
