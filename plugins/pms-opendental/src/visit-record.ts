import { type PmsAppointment, type PmsAppointmentStatus, Unreadable } from '@openchair/plugin-kit';
import type { LocalTimes } from './local-times.js';
import { readNote } from './note.js';
import { flagOf, keyOf, known, marksOf, refOf, type Row, textOf } from './rows.js';

export const MARK_MS = 300_000;

/** Nobody and nowhere: what such a visit takes otherwise is taken all the same. */
const NONE = '0';
/** What Open Dental takes for a visit without marks: 20 minutes, here all of them taken. */
const UNMARKED = 'XXXX';
/** Planned treatment and notes: what lies beside the book. */
const BESIDE = ['None', 'Planned', 'PtNote', 'PtNoteCompleted'];

/**
 * An appointment in our words, or null for what takes no place in the book: planned treatment, notes, visits without a time. Throws
 * `Unreadable` where nobody can say what place it takes.
 * `isConfirmed`: whether the office's status of that name means a confirmed visit.
 */
export function visitOf(
  row: Row,
  times: LocalTimes,
  now: number,
  isConfirmed: (status: string) => boolean,
): PmsAppointment | null {
  const { text, reference, missed } = readNote(textOf(row, 'Note'));
  const status = statusOf(row, missed);
  const start = times.visitAt(textOf(row, 'AptDateTime'));
  if (!status || start === undefined) return null;
  const pattern = marksOf(row, 'Pattern') ?? UNMARKED;
  return {
    foreignId: keyOf(row, 'AptNum'),
    patientForeignId: keyOf(row, 'PatNum'),
    providerForeignId: providerIn(row) ?? NONE,
    operatoryForeignId: refOf(row, 'Op') ?? NONE,
    start,
    end: start + pattern.length * MARK_MS,
    pattern,
    status,
    confirmed: isConfirmed(textOf(row, 'confirmed')),
    asap: textOf(row, 'Priority') === 'ASAP' || textOf(row, 'AptStatus') === 'ASAP',
    updatedAt: times.changedAt(textOf(row, 'DateTStamp'), now) ?? start,
    ...known({ reference, note: text, appointmentTypeForeignId: refOf(row, 'AppointmentTypeNum') }),
  };
}

/** The `X` marks of a hygiene visit are the hygienist's. */
function providerIn(row: Row): string | undefined {
  return (
    (flagOf(row, 'IsHygiene') ? refOf(row, 'ProvHyg') : undefined) ?? refOf(row, 'ProvNum') ?? refOf(row, 'ProvHyg')
  );
}

function statusOf(row: Row, missed: boolean): PmsAppointmentStatus | null {
  switch (textOf(row, 'AptStatus')) {
    case 'Scheduled':
    case 'ASAP':
      if (happened(row, 'DateTimeDismissed')) return 'completed';
      if (happened(row, 'DateTimeSeated')) return 'in_chair';
      return happened(row, 'DateTimeArrived') ? 'arrived' : 'scheduled';
    case 'Complete':
      return 'completed';
    case 'Broken':
    case 'UnschedList':
      return missed ? 'missed' : 'cancelled';
    default:
      if (BESIDE.includes(textOf(row, 'AptStatus'))) return null;
      throw new Unreadable('AptStatus', 'unknown_value');
  }
}

/** Arrival and the like are a time of day; midnight stands for none. */
function happened(row: Row, field: string): boolean {
  const time = textOf(row, field).slice(11);
  return time !== '' && !time.startsWith('00:00:00');
}
