import {
  type Call,
  type PmsAppointment,
  type PmsAppointmentStatus,
  type Readings,
  readRecords,
  Unreadable,
} from '@openchair/plugin-kit';
import type { FhirConfig } from '../config.js';
import { type Appointment, idOf, instantOf, type Participant } from '../fhir/resources.js';
import { type ActorBook, type Directory, NOBODY } from './actors.js';
import { proceduresOf } from './lists.js';

const MINUTE = 60_000;

/** Under which system our references stand among the identifiers of what we write. */
export const APPOINTMENT_SYSTEM = 'urn:openchair:appointment';

/** FHIR's words. `proposed` and `waitlist` hold no time: a visit that comes to be so has lost its own. */
const STATUSES: Readonly<Record<string, PmsAppointmentStatus>> = {
  proposed: 'cancelled',
  waitlist: 'cancelled',
  pending: 'scheduled',
  booked: 'scheduled',
  arrived: 'arrived',
  'checked-in': 'arrived',
  fulfilled: 'completed',
  cancelled: 'cancelled',
  noshow: 'missed',
  'entered-in-error': 'deleted',
};

/** Appointments, read as visits. */
export class VisitReader {
  constructor(
    private readonly actors: ActorBook,
    private readonly config: FhirConfig,
  ) {}

  /** What takes no time and names none (a wish, a visit that was called off) is left out. */
  async read(call: Call, appointments: readonly Appointment[]): Promise<Readings<PmsAppointment>> {
    const directory = await this.actors.learn(
      call,
      appointments.flatMap(participantsOf).map(({ actor }) => actor),
    );
    return readRecords(
      appointments,
      (appointment) => {
        const visit = this.visitOf(appointment, directory);
        return visit === null ? [] : [visit];
      },
      ({ id }) => id,
    );
  }

  /** Those that can be read. */
  async visitsOf(call: Call, appointments: readonly Appointment[]): Promise<readonly PmsAppointment[]> {
    return (await this.read(call, appointments)).records;
  }

  private visitOf(appointment: Appointment, directory: Directory): PmsAppointment | null {
    const { id, meta, identifier, status, comment, serviceType } = appointment;
    if (id === undefined) throw new Unreadable('id', 'missing');
    const known = STATUSES[status ?? ''];
    if (known === undefined) throw new Unreadable('status', 'unknown_value');
    const times = timesOf(appointment);
    if (times === null) {
      if (known === 'cancelled' || known === 'deleted') return null;
      throw new Unreadable('start', 'malformed');
    }
    const { participant = [] } = appointment;
    if (!areParticipants(participant)) throw new Unreadable('participant', 'malformed');
    const { practitioners, operatories } = directory.of(participant.map(({ actor }) => actor));
    const reference = identifier?.find(({ system }) => system === APPOINTMENT_SYSTEM)?.value;
    const patient = patientIn(participant);
    const procedureCodes = proceduresOf(serviceType, this.config.procedureSystem);
    return {
      foreignId: id,
      ...(reference === undefined ? {} : { reference }),
      patientForeignId: idOf(patient?.actor, 'Patient') ?? NOBODY,
      providerForeignId: practitioners[0] ?? NOBODY,
      operatoryForeignId: operatories[0] ?? NOBODY,
      ...times,
      status: known,
      confirmed: patient?.status === 'accepted',
      ...(procedureCodes.length === 0 ? {} : { procedureCodes }),
      ...(comment === undefined || comment === '' ? {} : { note: comment }),
      updatedAt: instantOf(meta?.lastUpdated) ?? 0,
    };
  }
}

/** Empty where they are not what they should be: {@link VisitReader} says so when it comes to the appointment. */
function participantsOf({ participant = [] }: Appointment): readonly Participant[] {
  return areParticipants(participant) ? participant : [];
}

function areParticipants(value: unknown): value is readonly Participant[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'object' && one !== null);
}

/** When an appointment is, on whole minutes; null when it is not told. */
export function timesOf({ start, end, minutesDuration }: Appointment): { start: number; end: number } | null {
  const first = instantOf(start);
  const last =
    instantOf(end) ??
    (first === undefined || minutesDuration === undefined ? undefined : first + minutesDuration * MINUTE);
  if (first === undefined || last === undefined || last <= first) return null;
  return { start: Math.floor(first / MINUTE) * MINUTE, end: Math.ceil(last / MINUTE) * MINUTE };
}

/** The participant who is the patient. */
export function patientIn(participants: readonly Participant[] | undefined): Participant | undefined {
  return participants?.find(({ actor }) => idOf(actor, 'Patient') !== undefined);
}

/** Whether a visit takes up time. */
export function isLive({ status }: PmsAppointment): boolean {
  return status !== 'cancelled' && status !== 'missed' && status !== 'deleted';
}
