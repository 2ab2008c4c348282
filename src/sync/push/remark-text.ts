import { localTimeOf, zoneId } from '../../kernel/index.js';
import type { Appointment, CANCEL_REASONS } from '../../scheduling/index.js';

type Line = Appointment['history'][number];

/** What is said in a visit's note at most, as the kit promises. */
const MOST = 500;
const ACTS: Readonly<Record<string, string>> = { cancel: 'Cancelled', reschedule: 'Moved' };
const WHY: Readonly<Record<(typeof CANCEL_REASONS)[number], string>> = {
  patient_request: "the patient's wish",
  patient_ill: 'the patient is ill',
  patient_cannot_come: 'the patient cannot come',
  insurance: 'insurance',
  provider_unavailable: 'the provider is not available',
  practice_closed: 'the practice is closed',
  booked_by_mistake: 'booked by mistake',
  other: 'another one',
};

/** The last line of a history, from `first` on, that the front desk should read at the visit; null: there is none. */
export function newsOf(history: readonly Line[], first: number): number | null {
  const place = history.findLastIndex(({ what, channel }) => what in ACTS && channel !== 'pms');
  return place >= first ? place : null;
}

/** One line of at most 500 characters: what was done, by whom, when and why. The same line of a history is the same text. PHI. */
export function remarkOf({ history, zone }: Pick<Appointment, 'history' | 'zone'>, place: number): string | null {
  const line = history[place];
  if (!line) return null;
  const local = (instant: number) => localTimeOf(zoneId(zone), instant).replace('T', ' ');
  const who = line.channel === 'api' ? 'by the practice in online scheduling' : 'online by the patient';
  const before = line.oldStart === undefined ? '' : ` (was ${local(line.oldStart)})`;
  const why = line.reason ? ` Reason: ${WHY[line.reason as keyof typeof WHY] ?? line.reason}.` : '';
  const text = `${ACTS[line.what]} ${who}, ${local(line.at)}${before}.${why}`.replace(/\s+/g, ' ').trim();
  return text.length <= MOST ? text : `${text.slice(0, MOST - 1)}…`;
}
