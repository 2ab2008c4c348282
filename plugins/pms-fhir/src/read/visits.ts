import type { Call, PmsAppointment, PmsAppointmentStatus } from '@openchair/plugin-kit';
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

  /** What cannot be a visit (no times, an unknown status) is left out. */
  async visitsOf(call: Call, appointments: readonly Appointment[]): Promise<PmsAppointment[]> {
    const participants = appointments.flatMap(({ participant }) => participant ?? []);
    const directory = await this.actors.learn(
      call,
      participants.map(({ actor }) => actor),
    );
    return appointments.flatMap((appointment) => this.visitOf(appointment, directory) ?? []);
  }

  private visitOf(appointment: Appointment, directory: Directory): PmsAppointment | null {
    const { id, meta, identifier, participant, status, comment, serviceType } = appointment;
    const times = timesOf(appointment);
    const known = STATUSES[status ?? ''];
    if (id === undefined || times === null || known === undefined) return null;
    const { practitioners, operatories } = directory.of((participant ?? []).map(({ actor }) => actor));
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
