import type { Appointment, Status } from '../../scheduling/index.js';
import { isLive, samePlace, type VisitFacts, type VisitPlace } from '../site/visit.js';

/** What the practice system should hold of an appointment. */
export interface Wish extends VisitPlace {
  live: boolean;
  endedAs: 'cancelled' | 'missed';
  confirmed: boolean;
  /** The visit has begun: from then on the practice system leads. */
  begun: boolean;
}

export type Aspect = 'status' | 'place' | 'confirmation';

const ENDED: readonly Status[] = ['cancelled', 'declined', 'expired', 'no_show'];

export function wishOf(appointment: Appointment): Wish {
  const { status, start, end, providerId, operatoryId, officeConfirmedAt, patientConfirmedAt } = appointment;
  return {
    start,
    end,
    providerId,
    operatoryId,
    live: !ENDED.includes(status),
    endedAs: status === 'no_show' ? 'missed' : 'cancelled',
    confirmed: status === 'confirmed' && (officeConfirmedAt !== null || patientConfirmedAt !== null),
    begun: status === 'arrived' || status === 'in_chair' || status === 'completed',
  };
}

type Seen = VisitPlace & Pick<VisitFacts, 'status' | 'confirmed'>;

/** In what the practice system differs from the wish. */
export function differencesOf(visit: Seen, wish: Wish): Aspect[] {
  if (isLive(visit) !== wish.live) return ['status'];
  if (!wish.live) return [];
  const aspects: Aspect[] = [];
  if (!samePlace(visit, wish)) aspects.push('place');
  // What was confirmed has been dealt with once the patient is there.
  if (!wish.begun && visit.status === 'scheduled' && visit.confirmed !== wish.confirmed) aspects.push('confirmation');
  return aspects;
}

/** In what two states of the same visit differ. */
export function changesBetween(before: Seen, after: Seen): Aspect[] {
  const aspects: Aspect[] = [];
  if (before.status !== after.status) aspects.push('status');
  if (isLive(after) && !samePlace(before, after)) aspects.push('place');
  if (isLive(after) && before.confirmed !== after.confirmed) aspects.push('confirmation');
  return aspects;
}
