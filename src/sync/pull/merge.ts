import type { Appointment, PmsFact, PmsProgress } from '../../scheduling/index.js';
import { changesBetween, differencesOf, wishOf } from '../push/wish.js';
import { isLive, type VisitFacts, type VisitPlace } from '../site/visit.js';

/** What both sides agreed on before either changed anything. */
export type Base = VisitPlace & Pick<VisitFacts, 'status' | 'confirmed'>;

export type Merge = { kind: 'nothing' } | { kind: 'take'; fact: PmsFact } | { kind: 'conflict' };

/**
 * What becomes of our appointment when the practice system tells of it. `base` is what it was last known to hold, null at the
 * first sight. What only one side changed holds for both; what both changed differently is a conflict.
 */
export function merge(base: Base | null, theirs: VisitFacts, appointment: Appointment): Merge {
  const wish = wishOf(appointment);
  const apart = differencesOf(theirs, wish);
  const changed = base ? changesBetween(base, theirs) : [];
  // First sight, or a change that is only what we asked for.
  if (!base || changed.every((aspect) => !apart.includes(aspect))) return progressOf(base, theirs, appointment);
  const ours = differencesOf(base, wish);
  const confirmationOnly = (aspects: readonly string[]) => aspects.every((aspect) => aspect === 'confirmation');
  const goesOn = changed.includes('status') && isLive(base) === isLive(theirs);
  if (ours.length > 0 && !confirmationOnly(ours) && !confirmationOnly(changed) && !goesOn) return { kind: 'conflict' };
  return {
    kind: 'take',
    fact: {
      ...placeOf(changed.includes('place') ? theirs : appointment, appointment),
      progress: progressIn(theirs),
      confirmed: changed.includes('confirmation') ? theirs.confirmed : null,
    },
  };
}

/** Both sides agree on time and life; that the patient has come may still be news. */
function progressOf(base: Base | null, theirs: VisitFacts, appointment: Appointment): Merge {
  if (!isLive(theirs) || base?.status === theirs.status || theirs.status === 'scheduled') return { kind: 'nothing' };
  return {
    kind: 'take',
    fact: { ...placeOf(appointment, appointment), progress: progressIn(theirs), confirmed: null },
  };
}

function placeOf(place: VisitPlace, appointment: Appointment) {
  return {
    start: place.start,
    end: place.end,
    providerId: place.providerId ?? appointment.providerId,
    operatoryId: place.operatoryId ?? appointment.operatoryId,
  };
}

function progressIn({ status }: VisitFacts): PmsProgress {
  return status === 'deleted' ? 'cancelled' : status;
}

/** The whole of what the practice system says, whatever we wished: for the one who keeps theirs. */
export function factOf(theirs: VisitFacts, appointment: Appointment): PmsFact {
  return { ...placeOf(theirs, appointment), progress: progressIn(theirs), confirmed: theirs.confirmed };
}
