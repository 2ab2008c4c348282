import { Inject, Injectable } from '@nestjs/common';
import { eligibleReasons, type PatientType, type Reason } from '../../catalog/index.js';
import { CLOCK, localDateOf, newId, Problem, zoneId, type Clock, type TenantScope } from '../../kernel/index.js';
import type { Tx } from '../../persistence/index.js';
import { DueWork } from '../../queues/index.js';
import { Locations, Settings } from '../../tenants/index.js';
import { Availability } from '../availability/availability.service.js';
import type { SlotRef } from '../availability/slot-id.js';
import { Book } from '../book/book.js';
import type { HoldRecord } from '../book/page.schema.js';
import { Holds } from '../holds/holds.service.js';
import { AppointmentWriter } from './appointment-writer.js';
import type { Appointment, Channel, Insurance } from './appointment.schema.js';
import { PmsGate } from './pms-gate.js';

const HOUR_MS = 3_600_000;

/** Kind of due work that ends a request nobody decided. */
export const EXPIRE_REQUEST = 'appointment.expire';

/** What is known about a visit beside its time. */
export interface VisitDetails {
  patientId: string;
  dateOfBirth: string;
  patientType: PatientType;
  channel: Channel;
  bookedBy: string;
  insurance?: Insurance | undefined;
  answers?: Record<string, string> | undefined;
  note?: string | undefined;
  referrerId?: string | undefined;
  attribution?: Appointment['attribution'] | undefined;
}

/** Turns a hold, or for staff a free time, into an appointment (§5). */
@Injectable()
export class Bookings {
  constructor(
    private readonly book: Book,
    private readonly holds: Holds,
    private readonly availability: Availability,
    private readonly locations: Locations,
    private readonly settings: Settings,
    private readonly writer: AppointmentWriter,
    private readonly work: DueWork,
    private readonly gate: PmsGate,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * The hold's owner books it. Runs inside the caller's transaction, together with the idempotency record. `describe` is
   * asked first: the page is written late, so that it stays locked for a short time only.
   */
  async fromHold(
    scope: TenantScope,
    tx: Tx,
    holdId: string,
    ownerId: string,
    describe: () => Promise<VisitDetails>,
  ): Promise<Appointment> {
    const hold = await this.book.findHold(scope, holdId, ownerId);
    if (!hold) throw expired();
    const appointmentId = newId('appointment', this.clock.now());
    const details = await describe();
    const claims = await this.holds.claims(scope, hold);
    if (!(await this.book.convert(scope, tx, claims, hold, appointmentId))) throw expired();
    return this.write(scope, tx, appointmentId, hold, hold.id, details);
  }

  /** Makes ready what `atTime` must not do inside its transaction. */
  async prepare(scope: TenantScope, ref: SlotRef): Promise<void> {
    await this.holds.prepare(scope, ref);
  }

  /** Staff books a free time without a hold. */
  async atTime(scope: TenantScope, tx: Tx, ref: SlotRef, details: VisitDetails): Promise<Appointment> {
    const slot = await this.availability.offered(scope, ref, { byStaff: true });
    if (!slot) throw await this.availability.slotTaken(scope, ref);
    const appointmentId = newId('appointment', this.clock.now());
    const claims = await this.holds.claims(scope, slot);
    const taker = { kind: 'appointment' as const, ref: appointmentId, reasonId: ref.reasonId };
    if (!(await this.book.take(scope, tx, claims, taker))) throw await this.availability.slotTaken(scope, ref);
    return this.write(scope, tx, appointmentId, slot, null, details);
  }

  private async write(
    scope: TenantScope,
    tx: Tx,
    id: string,
    ref: SlotRef | HoldRecord,
    holdId: string | null,
    details: VisitDetails,
  ): Promise<Appointment> {
    const [{ reason }, location, { scheduling }] = await Promise.all([
      this.availability.reasonOf(scope, ref.reasonId),
      this.locations.known(scope, ref.locationId),
      this.settings.effective(scope),
    ]);
    const zone = zoneId(location.zone);
    assertEligible(reason, details, localDateOf(zone, ref.start));
    const shape = await this.holds.shape(scope, ref);
    const pms = await this.gate.ask(scope, ref.locationId);
    if (pms === 'down' && scheduling.whenPmsDown === 'closed' && details.channel === 'widget') {
      throw new Problem('unavailable', 'Online booking is closed for the moment. Call the practice.', {
        retryAfter: 300,
      });
    }
    const asks =
      details.channel === 'widget' && ((reason.confirmMode ?? scheduling.confirmMode) === 'request' || pms === 'down');
    const requestExpiresAt = asks
      ? Math.min(this.clock.now() + scheduling.requestExpiryHours * HOUR_MS, ref.start)
      : null;
    const appointment = await this.writer.create(scope, tx, {
      _id: id,
      locationId: ref.locationId,
      providerId: ref.providerId,
      operatoryId: ref.operatoryId,
      reasonId: ref.reasonId,
      patientId: details.patientId,
      patientType: details.patientType,
      start: ref.start,
      end: ref.start + shape.durationMinutes * 60_000,
      date: localDateOf(zone, ref.start),
      zone,
      ...shape,
      status: asks ? 'requested' : 'booked',
      officeConfirmedAt: null,
      patientConfirmedAt: null,
      sync: {
        state: pms === 'none' || asks ? 'none' : 'pending',
        reason: null,
        attempts: 0,
        lastAt: null,
        connectionId: null,
        foreignId: null,
        writtenVersion: null,
        alternatives: [],
      },
      channel: details.channel,
      insurance: details.insurance ?? null,
      answers: details.answers ?? null,
      note: details.note ?? null,
      referrerId: details.referrerId ?? null,
      attribution: details.attribution ?? null,
      bookedBy: details.bookedBy,
      holdId,
      requestExpiresAt,
      cancelReason: null,
    });
    if (requestExpiresAt !== null) {
      await this.work.add(scope, tx, [
        { kind: EXPIRE_REQUEST, key: id, payload: { appointmentId: id }, dueAt: requestExpiresAt },
      ]);
    }
    return appointment;
  }
}

function expired(): Problem {
  return new Problem('hold_expired', 'The hold is over or is not yours. Choose a time again.');
}

function assertEligible(reason: Reason, details: VisitDetails, on: string): void {
  const { patientType, dateOfBirth } = details;
  if (eligibleReasons([reason], { patientType, dateOfBirth, on }).length > 0) return;
  throw new Problem(
    'policy_refused',
    `This reason for visit is not for this patient: it is for ${reason.patientTypes.join(' and ')} patients${ages(reason)}.`,
  );
}

function ages(reason: Reason): string {
  if (reason.minAge === null && reason.maxAge === null) return '';
  return ` from ${reason.minAge ?? 0} to ${reason.maxAge ?? 120} years of age`;
}
