import type { NewPmsAppointment } from '@openchair/plugin-kit';
import type { FhirConfig } from '../config.js';
import {
  type Appointment,
  type CodeableConcept,
  type Participant,
  type Reference,
  toInstant,
} from '../fhir/resources.js';
import type { Directory } from '../read/actors.js';
import { APPOINTMENT_SYSTEM, patientIn } from '../read/visits.js';
import type { Span } from '../read/wall.js';
import { type Place, referencesAt } from './schedules.js';

/** A visit to be, without its Slots. The patient has yet to confirm; who works there has not to be asked. */
export function draftOf(request: NewPmsAppointment, config: FhirConfig): Appointment {
  const { reference, patientForeignId, start, end, note, procedureCodes = [] } = request;
  const coding = procedureCodes.map((code) => ({ system: config.procedureSystem, code }));
  const serviceType: CodeableConcept[] = coding.length === 0 ? [] : [{ coding }];
  return {
    resourceType: 'Appointment',
    status: 'booked',
    identifier: [{ system: APPOINTMENT_SYSTEM, value: reference }],
    ...(serviceType.length === 0 ? {} : { serviceType }),
    start: toInstant(start),
    end: toInstant(end),
    ...(note === undefined ? {} : { comment: note }),
    participant: [
      { actor: { reference: `Patient/${patientForeignId}` }, status: 'needs-action' },
      ...participantsAt(request, config),
    ],
  };
}

/**
 * The appointment at another time and place: who was there and is no longer makes room, everybody else stays. `directory` knows
 * them and those who come.
 */
export function movedTo(
  appointment: Appointment,
  to: Place & Span,
  slot: readonly Reference[],
  directory: Directory,
  config: FhirConfig,
): Appointment {
  const { minutesDuration: _minutes, slot: _slot, participant: before = [], ...rest } = appointment;
  const keyOf = ({ actor }: Participant) => {
    const { practitioners, operatories } = directory.of([actor]);
    return practitioners[0] === undefined ? operatories[0] && `at ${operatories[0]}` : `with ${practitioners[0]}`;
  };
  const keys = before.map(keyOf);
  const left = ['with ', 'at '].map((kind) => keys.find((key) => key?.startsWith(kind)));
  const wanted = participantsAt(to, config);
  const stays = wanted.map(keyOf);
  const kept = before.filter((_, at) => !left.includes(keys[at]) || keys[at] === undefined || stays.includes(keys[at]));
  const fresh = wanted.filter((_, at) => stays[at] === undefined || !keys.includes(stays[at]));
  return {
    ...rest,
    start: toInstant(to.start),
    end: toInstant(to.end),
    ...(slot.length === 0 ? {} : { slot }),
    participant: [...kept, ...fresh],
  };
}

/** With the patient's answer; null when it stands so already, or nobody is there to answer. */
export function answered(appointment: Appointment, confirmed: boolean): Appointment | null {
  const patient = patientIn(appointment.participant);
  if (patient === undefined || (patient.status === 'accepted') === confirmed) return null;
  const status = confirmed ? 'accepted' : 'needs-action';
  return {
    ...appointment,
    participant: (appointment.participant ?? []).map((one) => (one === patient ? { ...one, status } : one)),
  };
}

/** With a line below the comment; null when it is there already. */
export function noted(appointment: Appointment, text: string): Appointment | null {
  const lines = (appointment.comment ?? '').split('\n').filter((line) => line !== '');
  return lines.includes(text) ? null : { ...appointment, comment: [...lines, text].join('\n') };
}

function participantsAt(place: Place, config: FhirConfig): Participant[] {
  return referencesAt(place, config).map((reference) => ({ actor: { reference }, status: 'accepted' }));
}
