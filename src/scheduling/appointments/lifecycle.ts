import { Problem } from '../../kernel/index.js';
import type { EventType } from '../../events/index.js';

/**
 * Where a visit stands. Moving to another time keeps the appointment and its status line: the time is a fact, `rescheduled`
 * is an event of its history, and confirmations fall away with the old time.
 */
export const STATUSES = [
  'requested',
  'booked',
  'confirmed',
  'arrived',
  'in_chair',
  'completed',
  'declined',
  'expired',
  'cancelled',
  'no_show',
] as const;

export type Status = (typeof STATUSES)[number];

/** What can be done to an appointment, where it is allowed, where it leads, and the event that tells of it. */
export const ACTIONS = {
  approve: { from: ['requested'], to: 'booked', event: 'appointment.booked' },
  decline: { from: ['requested'], to: 'declined', event: 'appointment.declined' },
  expire: { from: ['requested'], to: 'expired', event: 'appointment.expired' },
  confirm: { from: ['booked', 'confirmed'], to: 'confirmed', event: 'appointment.confirmed' },
  arrive: { from: ['booked', 'confirmed'], to: 'arrived', event: 'appointment.arrived' },
  seat: { from: ['booked', 'confirmed', 'arrived'], to: 'in_chair', event: 'appointment.seated' },
  complete: { from: ['arrived', 'in_chair'], to: 'completed', event: 'appointment.completed' },
  cancel: { from: ['requested', 'booked', 'confirmed', 'arrived'], to: 'cancelled', event: 'appointment.cancelled' },
  no_show: { from: ['booked', 'confirmed'], to: 'no_show', event: 'appointment.no_show' },
} as const satisfies Record<string, { from: readonly Status[]; to: Status; event: EventType }>;

export type Action = keyof typeof ACTIONS;

/** States in which the visit's time can still be changed. */
export const MOVABLE: readonly Status[] = ['requested', 'booked', 'confirmed'];

/** States in which the visit takes time in the book. A visit that was missed or is over keeps its place in the past; see `keepsTime`. */
export const OCCUPYING: readonly Status[] = [
  'requested',
  'booked',
  'confirmed',
  'arrived',
  'in_chair',
  'completed',
  'no_show',
];

/** Whether a visit that reaches this state at `now` keeps its time: somebody known not to come before it begins does not. */
export function keepsTime(status: Status, start: number, now: number): boolean {
  return OCCUPYING.includes(status) && (status !== 'no_show' || start <= now);
}

/** The actions that `status` allows, for answers and refusals. */
export function allowedActions(status: Status): Action[] {
  return (Object.keys(ACTIONS) as Action[]).filter((action) =>
    (ACTIONS[action].from as readonly Status[]).includes(status),
  );
}

/** 409 with the allowed actions when `action` does not fit. */
export function assertAllowed(status: Status, action: Action | 'reschedule'): void {
  const from: readonly Status[] = action === 'reschedule' ? MOVABLE : ACTIONS[action].from;
  if (from.includes(status)) return;
  const allowed = [...allowedActions(status), ...(MOVABLE.includes(status) ? ['reschedule'] : [])];
  throw new Problem('wrong_transition', `An appointment that is ${status} cannot be given "${action}".`, {
    extensions: { appointmentStatus: status, allowed },
  });
}

/** Why a visit was cancelled: a list, so that it can be counted. */
export const CANCEL_REASONS = [
  'patient_request',
  'patient_ill',
  'patient_cannot_come',
  'insurance',
  'provider_unavailable',
  'practice_closed',
  'booked_by_mistake',
  'other',
] as const;
