import { type PluginDeps, type PmsAdapter, Retryable } from '@openchair/plugin-kit';
import type { FhirConfig } from './config.js';
import { FhirClient } from './fhir/client.js';
import { toInstant } from './fhir/resources.js';
import { Server } from './fhir/server.js';
import { ActorBook } from './read/actors.js';
import { Pulls } from './read/pulls.js';
import { VisitReader } from './read/visits.js';
import { Bookings } from './write/bookings.js';
import { PatientRegister } from './write/patient-register.js';

const DAY_MS = 86_400_000;

/** Adapter of one FHIR server. */
export function createFhirAdapter(config: FhirConfig, deps: PluginDeps): PmsAdapter {
  const client = new FhirClient(config, deps);
  const server = new Server(client, config, deps.clock);
  const actors = new ActorBook(client, config, deps.clock);
  const visits = new VisitReader(actors, config);
  const pulls = new Pulls(client, config, deps, { actors, visits });
  const patients = new PatientRegister(client, config);
  const bookings = new Bookings(client, config, server, { clock: deps.clock, actors, visits });
  return shielded({
    async probe(call) {
      const { description } = await server.ask(call);
      // A capability statement is public: only a search shows whether the credentials work.
      const now = deps.clock.now();
      await client.search(call, 'Appointment', {
        date: [`ge${toInstant(now)}`, `lt${toInstant(now + DAY_MS)}`],
        _count: 1,
      });
      const { serverTime } = client;
      return { description, ...(serverTime === undefined ? {} : { serverTime }) };
    },
    pullProviders: (call, query) => pulls.providers(call, query),
    pullOperatories: (call) => pulls.operatories(call),
    pullSchedules: (call, query) => pulls.schedules(call, query),
    pullAppointments: (call, query) => pulls.appointments(call, query),
    pullPatients: (call, query) => pulls.patients(call, query),
    pullCarriers: (call, query) => pulls.carriers(call, query),
    pullAppointmentTypes: (call, query) => pulls.appointmentTypes(call, query),
    findOrCreatePatient: (call, request) => patients.findOrCreate(call, request),
    findByOurReference: (call, reference) => bookings.find(call, reference),
    createAppointment: (call, request) => bookings.create(call, request),
    moveAppointment: (call, request) => bookings.move(call, request),
    cancelAppointment: (call, request) => bookings.cancel(call, request),
    confirmAppointment: (call, request) => bookings.confirm(call, request),
    addAppointmentNote: (call, request) => bookings.note(call, request),
  });
}

/** A resource that is not of the shape that FHIR gives it is no bug of ours: `Retryable('unexpected_answer')`. */
function shielded(adapter: PmsAdapter): PmsAdapter {
  const methods = Object.entries(adapter) as [string, (...parameters: unknown[]) => Promise<unknown>][];
  const shield =
    (method: (typeof methods)[number][1]) =>
    async (...parameters: unknown[]) => {
      try {
        return await method(...parameters);
      } catch (error) {
        throw (error as Error).name === 'TypeError' ? new Retryable('unexpected_answer') : error;
      }
    };
  return Object.fromEntries(methods.map(([name, method]) => [name, shield(method)])) as unknown as PmsAdapter;
}
