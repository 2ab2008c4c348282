import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CLOCK, localDateOf, Problem, type Clock, type TenantScope } from '../../kernel/index.js';
import { UnitOfWork, type Filter, type Page, type Tx } from '../../persistence/index.js';
import { DueWork, STANDARD_LADDER, WorkHandlers } from '../../queues/index.js';
import { Availability } from '../availability/availability.service.js';
import type { SlotRef } from '../availability/slot-id.js';
import { Book } from '../book/book.js';
import type { HoldRecord } from '../book/page.schema.js';
import { claimsOfVisit, type PageClaim } from '../book/visit.js';
import { Holds } from '../holds/holds.service.js';
import type { SlotVisit } from '../availability/slot-visit.js';
import { AppointmentRepository } from './appointment.repository.js';
import { AppointmentWriter } from './appointment-writer.js';
import type { Appointment, Channel } from './appointment.schema.js';
import { EXPIRE_REQUEST, holdExpired } from './booking.service.js';
import { ACTIONS, assertAllowed, keepsTime, MOVABLE, type Action, type Status } from './lifecycle.js';

const MINUTE_MS = 60_000;

export interface AppointmentFilter {
  status?: Status | undefined;
  providerId?: string | undefined;
  locationId?: string | undefined;
  patientId?: string | undefined;
  reasonId?: string | undefined;
  groupId?: string | undefined;
  /** Epoch ms, `from` included, `to` not. */
  from?: number | undefined;
  to?: number | undefined;
}

export interface ActionOptions {
  channel: Channel;
  reason?: string | null | undefined;
  ifVersion?: number | undefined;
}

/** A move to a held time, with all that was read for it before the transaction. */
export interface OpenedMove extends Readonly<SlotVisit> {
  readonly id: string;
  readonly hold: HoldRecord;
  readonly ref: SlotRef;
}

/** What happens to an appointment after it was made. */
@Injectable()
export class Appointments implements OnModuleInit {
  constructor(
    private readonly appointments: AppointmentRepository,
    private readonly writer: AppointmentWriter,
    private readonly book: Book,
    private readonly holds: Holds,
    private readonly availability: Availability,
    private readonly unitOfWork: UnitOfWork,
    private readonly work: DueWork,
    private readonly handlers: WorkHandlers,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.handlers.register({
      kind: EXPIRE_REQUEST,
      transactional: true,
      ladder: STANDARD_LADDER,
      handle: async ({ scope, row }, tx) => {
        const appointment = await this.writer.load(scope, tx, String(row.payload['appointmentId']));
        if (appointment.status === 'requested') await this.apply(scope, tx, appointment, 'expire', { channel: 'api' });
      },
    });
  }

  async get(scope: TenantScope, id: string, tx?: Tx): Promise<Appointment> {
    return this.appointments.forTenant(scope, tx).getById(id, 'appointment');
  }

  async page(
    scope: TenantScope,
    filter: AppointmentFilter,
    request: { limit: number; cursor?: string | undefined; sort?: string | undefined },
  ): Promise<Page<Appointment>> {
    const { from, to, ...equal } = filter;
    const start = { ...(from === undefined ? {} : { $gte: from }), ...(to === undefined ? {} : { $lt: to }) };
    const given = Object.fromEntries(Object.entries(equal).filter(([, value]) => value !== undefined));
    const where = { ...given, ...(Object.keys(start).length > 0 ? { start } : {}) } as Filter<Appointment>;
    return this.appointments
      .forTenant(scope)
      .page({ filter: where, sort: request.sort ?? 'start', limit: request.limit, cursor: request.cursor });
  }

  /** Whether anything still to come uses a part of the catalogue. */
  async hasUpcoming(
    scope: TenantScope,
    part: Partial<Pick<Appointment, 'reasonId' | 'providerId' | 'operatoryId' | 'locationId'>>,
    tx?: Tx,
  ): Promise<boolean> {
    return this.appointments.forTenant(scope, tx).exists({
      ...part,
      start: { $gte: this.clock.now() },
      status: { $in: MOVABLE },
    } as Filter<Appointment>);
  }

  async act(scope: TenantScope, id: string, action: Action, options: ActionOptions): Promise<Appointment> {
    return this.unitOfWork.run(async (tx) => {
      const appointment = await this.writer.load(scope, tx, id);
      assertVersion(appointment, options.ifVersion);
      return this.apply(scope, tx, appointment, action, options);
    });
  }

  /** One step of the life cycle inside the caller's transaction. A state that takes no time gives the time back. */
  async apply(
    scope: TenantScope,
    tx: Tx,
    appointment: Appointment,
    action: Action,
    options: ActionOptions,
  ): Promise<Appointment> {
    assertAllowed(appointment.status, action);
    const { to, event } = ACTIONS[action];
    if (!keepsTime(to, appointment.start, this.clock.now()))
      await this.book.release(scope, claimsOfAppointment(appointment), appointment._id, tx);
    if (appointment.status === 'requested') await this.work.cancel(scope, tx, EXPIRE_REQUEST, appointment._id);
    return this.writer.change(scope, tx, appointment, {
      what: action,
      to,
      event,
      channel: options.channel,
      reason: options.reason ?? null,
      set: {
        ...this.facts(action, options),
        ...(appointment.status === 'requested' ? { requestExpiresAt: null } : {}),
      },
    });
  }

  /**
   * Moves an appointment to a slot: in one transaction the new time is taken and the old one given back, so the old time
   * is lost only when the new one is had.
   */
  async reschedule(scope: TenantScope, id: string, ref: SlotRef, options: ActionOptions): Promise<Appointment> {
    const before = await this.get(scope, id);
    assertVersion(before, options.ifVersion);
    assertAllowed(before.status, 'reschedule');
    if (before.reasonId !== ref.reasonId)
      throw new Problem('unprocessable', 'A visit keeps its reason when it moves. Choose a slot of the same reason.');
    const slot = await this.availability.offered(scope, ref, { ignoreRef: id, byStaff: options.channel === 'api' });
    if (!slot) throw await this.availability.slotTaken(scope, ref);
    const { visit } = slot;
    await this.book.prepare(scope, visit.claims);
    return this.unitOfWork.run((tx) =>
      this.move(scope, tx, id, { ref: slot, ...visit }, options, async () => {
        const taker = { kind: 'appointment' as const, ref: id, reasonId: ref.reasonId };
        if (await this.book.take(scope, tx, visit.claims, taker)) return;
        throw await this.availability.slotTaken(scope, ref);
      }),
    );
  }

  /** A move to the time of a hold, which must be alive and `ownerId`'s: `hold_expired` otherwise. Reads only. */
  async openMove(
    scope: TenantScope,
    id: string,
    { holdId, ownerId }: { holdId: string; ownerId: string },
  ): Promise<OpenedMove> {
    const hold = await this.book.findHold(scope, holdId, ownerId);
    if (!hold) throw holdExpired();
    return { id, hold, ref: hold, ...(await this.holds.visit(scope, hold)) };
  }

  /** As `reschedule`, in the caller's transaction: the held time is the appointment's, and its old time is free. */
  moveToHold(scope: TenantScope, tx: Tx, open: OpenedMove, options: ActionOptions): Promise<Appointment> {
    return this.move(scope, tx, open.id, open, options, async () => {
      if (!(await this.book.convert(scope, tx, open.claims, open.hold, open.id))) throw holdExpired();
    });
  }

  private async move(
    scope: TenantScope,
    tx: Tx,
    id: string,
    { ref, shape, zone }: SlotVisit & { ref: SlotRef },
    options: ActionOptions,
    take: () => Promise<void>,
  ): Promise<Appointment> {
    const appointment = await this.writer.load(scope, tx, id);
    assertVersion(appointment, options.ifVersion);
    assertAllowed(appointment.status, 'reschedule');
    await this.book.release(scope, claimsOfAppointment(appointment), id, tx);
    await take();
    return this.writer.change(scope, tx, appointment, {
      what: 'reschedule',
      to: appointment.status === 'requested' ? 'requested' : 'booked',
      event: 'appointment.rescheduled',
      channel: options.channel,
      reason: options.reason ?? null,
      oldStart: appointment.start,
      set: {
        providerId: ref.providerId,
        operatoryId: ref.operatoryId,
        locationId: ref.locationId,
        start: ref.start,
        end: ref.start + shape.durationMinutes * MINUTE_MS,
        ...shape,
        zone,
        date: localDateOf(zone, ref.start),
        officeConfirmedAt: null,
        patientConfirmedAt: null,
      },
    });
  }

  private facts(action: Action, options: ActionOptions): Partial<Appointment> {
    const now = this.clock.now();
    if (action === 'confirm')
      return options.channel === 'api' ? { officeConfirmedAt: now } : { patientConfirmedAt: now };
    if (action === 'approve') return { officeConfirmedAt: now };
    if (action === 'cancel' || action === 'decline') return { cancelReason: options.reason ?? null };
    return {};
  }
}

/** The pages that an appointment stands on, from what it was booked with. */
export function claimsOfAppointment(appointment: Appointment): PageClaim[] {
  return claimsOfVisit({
    ...appointment,
    assist: appointment.assist ?? null,
    rule: {
      durationMinutes: appointment.durationMinutes,
      ...(appointment.pattern === null ? {} : { pattern: appointment.pattern }),
      ...(appointment.buffers ? { buffers: appointment.buffers } : {}),
    },
    unguarded: new Set(),
  });
}

function assertVersion(appointment: Appointment, ifVersion: number | undefined): void {
  if (ifVersion === undefined || ifVersion === appointment.version) return;
  throw new Problem(
    'version_mismatch',
    `The appointment is at version ${appointment.version}, you named ${ifVersion}. Read it again.`,
  );
}
