import { Inject, Injectable } from '@nestjs/common';
import { Catalog, eligibleReasons, type PatientType, type Reason } from '../../catalog/index.js';
import {
  CLOCK,
  localDateOf,
  newId,
  notFound,
  Problem,
  zoneId,
  type Clock,
  type TenantScope,
} from '../../kernel/index.js';
import type { Tx } from '../../persistence/index.js';
import { DueWork } from '../../queues/index.js';
import { Locations, Settings } from '../../tenants/index.js';
import { Availability } from '../availability/availability.service.js';
import type { SlotRef } from '../availability/slot-id.js';
import { Book } from '../book/book.js';
import type { HoldRecord } from '../book/page.schema.js';
import { slotVisit, type SlotVisit } from '../availability/slot-visit.js';
import { AppointmentWriter, type NewAppointment } from './appointment-writer.js';
import type { Appointment, Channel, Insurance } from './appointment.schema.js';
import { PmsGate } from './pms-gate.js';
import { UpcomingVisits } from './upcoming-visits.js';

const HOUR_MS = 3_600_000;

/** Kind of due work that ends a request nobody decided. */
export const EXPIRE_REQUEST = 'appointment.expire';

/** Who wants a visit, and how: what decides whether it may be. */
export interface Asking {
  dateOfBirth: string;
  patientType: PatientType;
  channel: Channel;
}

/** What is known about a visit beside its time. */
export interface VisitDetails {
  patientId: string;
  bookedBy: string;
  insurance?: Insurance | undefined;
  answers?: Record<string, string> | undefined;
  note?: string | undefined;
  referrerId?: string | undefined;
  attribution?: Appointment['attribution'] | undefined;
  /** Of visits that were booked together. */
  groupId?: string | undefined;
}

/** A time that may be booked, with all that was read for it before the transaction. */
export interface OpenedVisit extends Readonly<SlotVisit> {
  readonly asking: Asking;
  readonly ref: SlotRef;
  /** null: staff takes a free time. */
  readonly hold: HoldRecord | null;
  /** null: booked at once; else a request that is over then (epoch ms). */
  readonly requestExpiresAt: number | null;
  readonly hasPms: boolean;
  /** Visits to come that the patient may have, this one included; null: any number. */
  readonly mostUpcoming: number | null;
}

/** Turns a hold, or for staff a free time, into an appointment (§5): `open…` reads and judges, `confirm` writes. */
@Injectable()
export class Bookings {
  constructor(
    private readonly book: Book,
    private readonly availability: Availability,
    private readonly catalog: Catalog,
    private readonly locations: Locations,
    private readonly settings: Settings,
    private readonly writer: AppointmentWriter,
    private readonly upcoming: UpcomingVisits,
    private readonly work: DueWork,
    private readonly gate: PmsGate,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The hold must be alive and `ownerId`'s: `hold_expired` otherwise. */
  async openHold(scope: TenantScope, holdId: string, ownerId: string, asking: Asking): Promise<OpenedVisit> {
    const hold = await this.book.heldLately(scope, holdId, ownerId);
    if (!hold) throw holdExpired();
    return this.openHeld(scope, hold, asking);
  }

  /** As `openHold`, of a hold that has been read and lives. */
  async openHeld(scope: TenantScope, hold: HoldRecord, asking: Asking): Promise<OpenedVisit> {
    return this.open(scope, hold, hold, asking);
  }

  /** A free time for staff, who need no hold and are bound by no notice: `slot_taken` when it is not free. */
  async openTime(scope: TenantScope, ref: SlotRef, asking: Asking): Promise<OpenedVisit> {
    const slot = await this.availability.offered(scope, ref, { byStaff: true });
    if (!slot) throw await this.availability.slotTaken(scope, ref);
    const opened = await this.open(scope, slot, null, asking);
    await this.book.prepare(scope, opened.claims);
    return opened;
  }

  /**
   * Writes page, appointment and event in the caller's transaction, together with the idempotency record. `describe` is
   * asked first: the page is written late, so that it stays locked for a short time only.
   */
  async confirm(
    scope: TenantScope,
    tx: Tx,
    opened: OpenedVisit,
    describe: () => Promise<VisitDetails>,
  ): Promise<Appointment> {
    const { hold, claims, ref } = opened;
    const id = newId('appointment', this.clock.now());
    const details = await describe();
    await this.upcoming.assertRoom(scope, tx, details.patientId, opened.mostUpcoming);
    if (hold) {
      if (!(await this.book.convert(scope, tx, claims, hold, id))) throw holdExpired();
    } else if (!(await this.book.take(scope, tx, claims, { kind: 'appointment', ref: id, reasonId: ref.reasonId }))) {
      throw await this.availability.slotTaken(scope, ref);
    }
    return this.write(scope, tx, id, opened, details);
  }

  /** Writes the appointment and its event. Its time must have been taken in this transaction, under its id. */
  async write(
    scope: TenantScope,
    tx: Tx,
    id: string,
    opened: OpenedVisit,
    details: VisitDetails,
  ): Promise<Appointment> {
    const { requestExpiresAt } = opened;
    const appointment = await this.writer.create(scope, tx, appointmentOf(id, opened, details));
    if (requestExpiresAt !== null) {
      await this.work.add(scope, tx, [
        { kind: EXPIRE_REQUEST, key: id, payload: { appointmentId: id }, dueAt: requestExpiresAt },
      ]);
    }
    return appointment;
  }

  private async open(scope: TenantScope, ref: SlotRef, hold: HoldRecord | null, asking: Asking): Promise<OpenedVisit> {
    const [snapshot, location, { scheduling }, pms] = await Promise.all([
      this.catalog.lately(scope),
      this.locations.known(scope, ref.locationId),
      this.settings.effective(scope),
      this.gate.ask(scope, ref.locationId),
    ]);
    const reason = snapshot.reasonById.get(ref.reasonId);
    if (!reason) throw notFound('reason');
    const zone = zoneId(location.zone);
    assertEligible(reason, asking, localDateOf(zone, ref.start));
    const byVisitor = asking.channel === 'widget';
    if (pms === 'down' && scheduling.whenPmsDown === 'closed' && byVisitor) {
      throw new Problem('unavailable', 'Online booking is closed for the moment. Call the practice.', {
        retryAfter: 300,
      });
    }
    const asks = byVisitor && ((reason.confirmMode ?? scheduling.confirmMode) === 'request' || pms === 'down');
    return {
      asking,
      ref,
      hold,
      ...slotVisit(scope.tenantId, zone, snapshot, ref),
      requestExpiresAt: asks ? Math.min(this.clock.now() + scheduling.requestExpiryHours * HOUR_MS, ref.start) : null,
      hasPms: pms !== 'none',
      mostUpcoming: byVisitor ? scheduling.maxUpcomingVisits : null,
    };
  }
}

function appointmentOf(_id: string, opened: OpenedVisit, details: VisitDetails): NewAppointment {
  const { asking, ref, hold, shape, zone, requestExpiresAt, hasPms } = opened;
  const asks = requestExpiresAt !== null;
  return {
    _id,
    locationId: ref.locationId,
    providerId: ref.providerId,
    operatoryId: ref.operatoryId,
    reasonId: ref.reasonId,
    patientId: details.patientId,
    patientType: asking.patientType,
    start: ref.start,
    end: ref.start + shape.durationMinutes * 60_000,
    date: localDateOf(zone, ref.start),
    zone,
    ...shape,
    status: asks ? 'requested' : 'booked',
    officeConfirmedAt: null,
    patientConfirmedAt: null,
    sync: {
      state: !hasPms || asks ? 'none' : 'pending',
      reason: null,
      attempts: 0,
      lastAt: null,
      connectionId: null,
      foreignId: null,
      writtenVersion: null,
      alternatives: [],
    },
    channel: asking.channel,
    insurance: details.insurance ?? null,
    answers: details.answers ?? null,
    note: details.note ?? null,
    referrerId: details.referrerId ?? null,
    attribution: details.attribution ?? null,
    bookedBy: details.bookedBy,
    holdId: hold?.id ?? null,
    groupId: details.groupId ?? null,
    requestExpiresAt,
    cancelReason: null,
  };
}

export function holdExpired(): Problem {
  return new Problem('hold_expired', 'The hold is over or is not yours. Choose a time again.');
}

function assertEligible(reason: Reason, { patientType, dateOfBirth }: Asking, on: string): void {
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
