import { PATIENT_TYPES } from '../../catalog/index.js';
import {
  Bool,
  CalendarDate,
  Id,
  Instant,
  Int,
  Nested,
  NestedList,
  OneOf,
  PageQuery,
  SomeOf,
  Text,
} from '../../http/index.js';
import { formatInstant, timeInAnswer, zoneId } from '../../kernel/index.js';
import { SLOT_ID } from '../availability/slot-id.js';
import { TimeView } from '../shared-views.js';
import type { Appointment } from './appointment.schema.js';
import { ACTIONS, allowedActions, CANCEL_REASONS, STATUSES } from './lifecycle.js';

export const SYNC_STATES = ['none', 'pending', 'written', 'conflict', 'failed', 'timed_out'] as const;
const CHANNELS = ['widget', 'link', 'api', 'pms'] as const;

export class AppointmentParams {
  @Id('appointment')
  appointmentId!: string;
}

export class AppointmentQuery extends PageQuery {
  @OneOf(STATUSES, { optional: true })
  status?: (typeof STATUSES)[number];

  @Id('provider', { optional: true })
  providerId?: string;

  @Id('location', { optional: true })
  locationId?: string;

  @Id('patient', { optional: true })
  patientId?: string;

  @Id('reason', { optional: true })
  reasonId?: string;

  @Id('visitGroup', { optional: true, description: 'Visits that were booked together' })
  groupId?: string;

  @Instant({ optional: true, description: 'Starts at or after' })
  from?: string;

  @Instant({ optional: true, description: 'Starts before' })
  to?: string;

  @OneOf(['start', '-start'], { optional: true, default: 'start' })
  sort?: 'start' | '-start';
}

export class CreateAppointment {
  @Text({ max: 120, pattern: SLOT_ID, optional: true, description: '`id` of a slot; this or `holdId`' })
  slotId?: string;

  @Id('hold', { optional: true, description: 'A hold of your own; this or `slotId`' })
  holdId?: string;

  @Id('patient')
  patientId!: string;

  @OneOf(PATIENT_TYPES)
  patientType!: 'new' | 'returning';

  @Text({ max: 2_000, multiline: true, optional: true })
  note?: string;

  @Id('referrer', { optional: true })
  referrerId?: string;
}

export class ReasonGiven {
  @Text({ max: 500, multiline: true, optional: true, description: 'Why, in words' })
  reason?: string;
}

export class CancelAppointment {
  @OneOf(CANCEL_REASONS)
  reason!: (typeof CANCEL_REASONS)[number];
}

export class RescheduleAppointment {
  @Text({ max: 120, pattern: SLOT_ID, description: '`id` of a slot of the same reason' })
  slotId!: string;

  @Text({ max: 500, multiline: true, optional: true })
  reason?: string;
}

export class SyncAlternativeView extends TimeView {
  @Id('provider')
  providerId!: string;
}

/** How the appointment stands towards the practice's own system. */
export class SyncView {
  @OneOf(SYNC_STATES)
  state!: string;

  @Text({ max: 200, nullable: true, description: 'Why it is not written' })
  reason!: string | null;

  @Int({ min: 0, max: 1_000 })
  attempts!: number;

  @Instant({ nullable: true })
  lastAt!: string | null;

  @NestedList(() => SyncAlternativeView, {
    maxItems: 10,
    description: 'What the practice system would take instead, of a conflict',
  })
  alternatives!: SyncAlternativeView[];
}

export class HistoryView {
  @Instant()
  at!: string;

  @Text({ max: 20, description: 'user, api_key, patient or system' })
  actorKind!: string;

  @OneOf(CHANNELS)
  channel!: string;

  @Text({ max: 40 })
  what!: string;

  @OneOf(STATUSES, { nullable: true })
  from!: string | null;

  @OneOf(STATUSES)
  to!: string;

  @Text({ max: 500, nullable: true })
  reason!: string | null;
}

export class AppointmentView {
  @Id('appointment')
  id!: string;

  @OneOf(STATUSES)
  status!: string;

  @Nested(() => TimeView)
  time!: TimeView;

  @Instant()
  end!: string;

  @CalendarDate({ description: 'Local day of the visit' })
  date!: string;

  @Int({ min: 5, max: 480 })
  durationMinutes!: number;

  @Id('location')
  locationId!: string;

  @Id('provider')
  providerId!: string;

  @Id('operatory')
  operatoryId!: string;

  @Id('reason')
  reasonId!: string;

  @Id('patient')
  patientId!: string;

  @OneOf(PATIENT_TYPES)
  patientType!: string;

  @Bool({ description: 'The practice confirmed' })
  officeConfirmed!: boolean;

  @Bool({ description: 'The patient confirmed' })
  patientConfirmed!: boolean;

  @Nested(() => SyncView)
  sync!: SyncView;

  @OneOf(CHANNELS)
  channel!: string;

  @Text({ max: 2_000, nullable: true })
  note!: string | null;

  @Text({ max: 200, nullable: true })
  cancelReason!: string | null;

  @Id('referrer', { nullable: true })
  referrerId!: string | null;

  @Id('visitGroup', { nullable: true, description: 'Visits that were booked together have it in common' })
  groupId!: string | null;

  @Instant({ nullable: true, description: 'A request ends by itself then' })
  requestExpiresAt!: string | null;

  @NestedList(() => HistoryView, { maxItems: 1_000 })
  history!: HistoryView[];

  @SomeOf(Object.keys(ACTIONS), { description: 'What can be done now' })
  allowedActions!: string[];

  @Int({ min: 1, max: 1_000_000_000, description: 'Grows with each change; the sequence of its events' })
  version!: number;

  @Instant()
  createdAt!: string;

  @Instant()
  updatedAt!: string;
}

export function appointmentView(appointment: Appointment): AppointmentView {
  const { sync, zone: name } = appointment;
  const zone = zoneId(name);
  return {
    id: appointment._id,
    status: appointment.status,
    time: timeInAnswer(zone, appointment.start),
    end: formatInstant(appointment.end),
    date: appointment.date,
    durationMinutes: appointment.durationMinutes,
    locationId: appointment.locationId,
    providerId: appointment.providerId,
    operatoryId: appointment.operatoryId,
    reasonId: appointment.reasonId,
    patientId: appointment.patientId,
    patientType: appointment.patientType,
    officeConfirmed: appointment.officeConfirmedAt !== null,
    patientConfirmed: appointment.patientConfirmedAt !== null,
    sync: {
      state: sync.state,
      reason: sync.reason,
      attempts: sync.attempts,
      lastAt: sync.lastAt === null ? null : formatInstant(sync.lastAt),
      alternatives: sync.alternatives.map(({ start, providerId }) => ({ ...timeInAnswer(zone, start), providerId })),
    },
    channel: appointment.channel,
    note: appointment.note,
    cancelReason: appointment.cancelReason,
    referrerId: appointment.referrerId,
    groupId: appointment.groupId ?? null,
    requestExpiresAt: appointment.requestExpiresAt === null ? null : formatInstant(appointment.requestExpiresAt),
    history: appointment.history.map(({ at, actor, channel, what, from, to, reason }) => ({
      at: formatInstant(at),
      actorKind: actor.kind,
      channel,
      what,
      from,
      to,
      reason,
    })),
    allowedActions: allowedActions(appointment.status),
    version: appointment.version,
    createdAt: formatInstant(appointment.createdAt),
    updatedAt: formatInstant(appointment.updatedAt),
  };
}
