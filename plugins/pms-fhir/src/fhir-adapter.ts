import type { PluginDeps, PmsAdapter } from '@openchair/plugin-kit';
import type { FhirConfig } from './config.js';
import { FhirClient } from './fhir/client.js';
import { Server } from './fhir/server.js';
import { ActorBook } from './read/actors.js';
import { Pulls } from './read/pulls.js';
import { VisitReader } from './read/visits.js';
import { Bookings } from './write/bookings.js';
import { PatientRegister } from './write/patient-register.js';

/** Adapter of one FHIR server. */
export function createFhirAdapter(config: FhirConfig, deps: PluginDeps): PmsAdapter {
  const client = new FhirClient(config, deps);
  const server = new Server(client, config, deps.clock);
  const actors = new ActorBook(client, config, deps.clock);
  const visits = new VisitReader(actors, config);
  const pulls = new Pulls(client, config, deps, { actors, visits });
  const patients = new PatientRegister(client, config);
  const bookings = new Bookings(client, config, server, { clock: deps.clock, actors, visits });
  return {
    async probe(call) {
      const { description } = await server.ask(call);
      // A capability statement is public: only a search shows whether the credentials work.
      await client.search(call, 'Appointment', { _count: 1 });
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
  };
}
