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
import type { Place } from './schedules.js';

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

/** The appointment at another time and place: who was there and is no longer makes room, everybody else stays. */
export function movedTo(
  appointment: Appointment,
  to: Place & Span,
  slot: readonly Reference[],
  directory: Directory,
  config: FhirConfig,
): Appointment {
  const { minutesDuration: _minutes, slot: _slot, ...rest } = appointment;
  const kept: Participant[] = [];
  const wanted = participantsAt(to, config);
  const before = directory.of((appointment.participant ?? []).map(({ actor }) => actor));
  const left = [before.practitioners[0], before.operatories[0]];
  for (const participant of appointment.participant ?? []) {
    const { practitioners, operatories } = directory.of([participant.actor]);
    const id = practitioners[0] ?? operatories[0];
    const stays = id === to.providerForeignId || id === to.operatoryForeignId;
    if (stays)
      wanted.splice(
        wanted.findIndex(({ actor }) => actor?.reference?.endsWith(`/${id}`)),
        1,
      );
    if (stays || id === undefined || !left.includes(id)) kept.push(participant);
  }
  return {
    ...rest,
    start: toInstant(to.start),
    end: toInstant(to.end),
    ...(slot.length === 0 ? {} : { slot }),
    participant: [...kept, ...wanted],
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

function participantsAt(
  { providerForeignId, operatoryForeignId }: Place,
  { operatoryResource }: FhirConfig,
): Participant[] {
  return [`Practitioner/${providerForeignId}`, `${operatoryResource}/${operatoryForeignId}`].map((reference) => ({
    actor: { reference },
    status: 'accepted',
  }));
}
