import {
  type Call,
  Conflict,
  isPluginError,
  type NewPmsAppointment,
  type PmsAppointment,
  type PmsCancel,
  type PmsConfirm,
  type PmsMove,
  type PmsNote,
  Rejected,
  Retryable,
} from '@openchair/plugin-kit';
import type { FhirConfig } from '../config.js';
import type { FhirClient } from '../fhir/client.js';
import type { Server } from '../fhir/server.js';
import type { Appointment } from '../fhir/resources.js';
import type { ActorBook } from '../read/actors.js';
import { APPOINTMENT_SYSTEM, isLive, type VisitReader } from '../read/visits.js';
import { answered, draftOf, noted } from './drafts.js';
import { OperationScheduling } from './operation-scheduling.js';
import { PlainScheduling } from './plain-scheduling.js';
import { PlaceSchedules } from './schedules.js';
import type { Scheduling, Wanted } from './scheduling.js';

/** So often a record that somebody else changes meanwhile is read again. */
const ATTEMPTS = 3;

/** Writes visits. */
export class Bookings {
  private readonly schedules: PlaceSchedules;

  constructor(
    private readonly client: FhirClient,
    private readonly config: FhirConfig,
    private readonly server: Server,
    private readonly parts: { clock: { now(): number }; actors: ActorBook; visits: VisitReader },
  ) {
    this.schedules = new PlaceSchedules(client, parts.actors, config);
  }

  async find(call: Call, reference: string): Promise<PmsAppointment | null> {
    const appointment = await this.byReference(call, reference);
    return appointment && this.show(call, appointment);
  }

  async create(call: Call, request: NewPmsAppointment): Promise<PmsAppointment> {
    const scheduling = await this.scheduling(call);
    const done = async () => {
      const known = await this.byReference(call, request.reference);
      // A hold whose confirmation was lost: nobody else waits for it.
      const isHeld = known?.status === 'pending' && scheduling instanceof OperationScheduling;
      return known && this.show(call, isHeld ? await scheduling.confirm(call, known) : known);
    };
    const known = await done();
    if (known) return known;
    await this.client.read(call, 'Patient', request.patientForeignId);
    const draft = draftOf(request, this.config);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.show(call, await scheduling.book(call, draft, request, request.procedureCodes ?? []));
      } catch (error) {
        if (!isConflict(error)) throw error;
        // Whoever has the time may be ourselves, a moment ago.
        const meanwhile = await done();
        if (meanwhile) return meanwhile;
        // Somebody else has taken another part of the same Slot: the time may be free all the same.
        if (hasChanged(error) && attempt < ATTEMPTS) continue;
        throw await this.withAlternatives(call, error, scheduling, request);
      }
    }
  }

  async move(
    call: Call,
    { foreignId, start, end, providerForeignId, operatoryForeignId }: PmsMove,
  ): Promise<PmsAppointment> {
    const scheduling = await this.scheduling(call);
    return this.change(call, foreignId, async (appointment, visit) => {
      const to: Wanted = {
        providerForeignId: providerForeignId ?? visit.providerForeignId,
        operatoryForeignId: operatoryForeignId ?? visit.operatoryForeignId,
        start,
        end,
      };
      const isThere = (Object.keys(to) as (keyof Wanted)[]).every((key) => visit[key] === to[key]);
      if (isThere) return null;
      if (!isLive(visit)) throw new Rejected('visit_has_ended');
      try {
        return await scheduling.move(call, appointment, to);
      } catch (error) {
        if (!isConflict(error) || hasChanged(error)) throw error;
        throw await this.withAlternatives(call, error, scheduling, to, appointment);
      }
    });
  }

  async cancel(call: Call, { foreignId, as }: PmsCancel): Promise<PmsAppointment> {
    const scheduling = await this.scheduling(call);
    return this.change(call, foreignId, async (appointment, visit) => {
      if (visit.status === as || visit.status === 'deleted') return null;
      // The time of a no-show has come: nothing is left to be freed.
      if (as === 'missed')
        return (await this.client.update<Appointment>(call, { ...appointment, status: 'noshow' })).resource;
      return scheduling.cancel(call, appointment);
    });
  }

  confirm(call: Call, { foreignId, confirmed }: PmsConfirm): Promise<PmsAppointment> {
    return this.edit(call, foreignId, (appointment) => answered(appointment, confirmed));
  }

  note(call: Call, { foreignId, text }: PmsNote): Promise<PmsAppointment> {
    return this.edit(call, foreignId, (appointment) => noted(appointment, text));
  }

  private edit(
    call: Call,
    id: string,
    edited: (appointment: Appointment) => Appointment | null,
  ): Promise<PmsAppointment> {
    return this.change(call, id, async (appointment) => {
      const wanted = edited(appointment);
      return wanted && (await this.client.update(call, wanted)).resource;
    });
  }

  /** Reads, writes what was read, and does so again when somebody was faster. `write` answers null when nothing is to be done. */
  private async change(
    call: Call,
    id: string,
    write: (appointment: Appointment, visit: PmsAppointment) => Promise<Appointment | null>,
  ): Promise<PmsAppointment> {
    for (let attempt = 1; ; attempt += 1) {
      const appointment = await this.client.read<Appointment>(call, 'Appointment', id);
      const visit = await this.show(call, appointment);
      try {
        const written = await write(appointment, visit);
        return written ? await this.show(call, written) : visit;
      } catch (error) {
        if (!isConflict(error) || !hasChanged(error) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** The appointment that bears our reference; of several, one that takes up time. */
  private async byReference(call: Call, reference: string): Promise<Appointment | null> {
    const identifier = `${APPOINTMENT_SYSTEM}|${reference}`;
    const found = await this.client.all<Appointment>(call, 'Appointment', { identifier });
    const ours = found.filter(({ identifier: own }) =>
      (own ?? []).some(({ system, value }) => system === APPOINTMENT_SYSTEM && value === reference),
    );
    const { records: visits, unreadable } = await this.parts.visits.read(call, ours);
    // It is there, though nobody can say when: it must not be made again.
    if (visits.length === 0 && unreadable.length > 0) throw new Retryable('unexpected_answer');
    const best = visits.find(isLive) ?? visits[0];
    return ours.find(({ id }) => id === best?.foreignId) ?? null;
  }

  private async show(call: Call, appointment: Appointment): Promise<PmsAppointment> {
    const [visit] = await this.parts.visits.visitsOf(call, [appointment]);
    if (visit === undefined) throw new Retryable('unexpected_answer');
    return visit;
  }

  private async scheduling(call: Call): Promise<PlainScheduling | OperationScheduling> {
    const profile = await this.server.profile(call);
    const parts = { ...this.parts, client: this.client, config: this.config, schedules: this.schedules, profile };
    return profile.operations.size > 0 ? new OperationScheduling(parts) : new PlainScheduling(parts);
  }

  private async withAlternatives(
    call: Call,
    error: Conflict,
    scheduling: Scheduling,
    wanted: Wanted,
    moved?: Appointment,
  ): Promise<Conflict> {
    try {
      return new Conflict(
        await scheduling.alternatives(call, wanted, moved),
        hasChanged(error) ? 'slot_taken' : error.reason,
      );
    } catch (failure) {
      // That the time is taken is known all the same.
      if (isPluginError(failure)) return error;
      throw failure;
    }
  }
}

function isConflict(error: unknown): error is Conflict {
  return isPluginError(error) && error.kind === 'conflict';
}

/** Whether somebody was faster, with this or with something else. */
function hasChanged({ reason }: Conflict): boolean {
  return reason === 'changed_meanwhile';
}
