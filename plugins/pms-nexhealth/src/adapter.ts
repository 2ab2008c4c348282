import type { PluginDeps, PmsAdapter } from '@openchair/plugin-kit';
import { NexHealthApi } from './api.js';
import type { NexHealthConfig } from './config.js';
import { Insertions } from './insertions.js';
import { pullAppointmentTypes, pullCarriers, pullProcedureCodes, pullRecalls } from './lists.js';
import { Patients } from './patients.js';
import { pullOperatories, pullProviders } from './people.js';
import { Schedules } from './schedules.js';
import { systemOf } from './systems.js';
import { Visits } from './visits.js';
import { readWebhook } from './webhooks.js';

/** Adapter of one connection: one location of one practice. */
export function createNexHealth(config: NexHealthConfig, deps: PluginDeps): PmsAdapter {
  const api = new NexHealthApi(config, deps);
  const patients = new Patients(api, config, deps);
  const insertions = new Insertions(api, deps);
  const visits = new Visits(api, deps, insertions, patients);
  const schedules = new Schedules(api, deps.zone, config.workingHours);
  return {
    probe: async (call) => {
      const { name, writes } = await systemOf(api, call);
      return { description: `${name} through NexHealth${writes ? '' : ', writes down'}`, serverTime: api.now() };
    },
    pullProviders: (call) => pullProviders(api, call),
    pullOperatories: (call) => pullOperatories(api, call),
    pullSchedules: (call, query) => schedules.pull(call, query),
    pullAppointments: (call, query) => visits.pull(call, query),
    pullPatients: (call, query) => patients.pull(call, query),
    pullRecalls: (call, query) => pullRecalls(api, deps.zone, call, query),
    pullCarriers: (call) => pullCarriers(api, call),
    pullAppointmentTypes: (call) => pullAppointmentTypes(api, call),
    pullProcedureCodes: (call) => pullProcedureCodes(api, call),
    findOrCreatePatient: (call, request) => patients.findOrCreate(call, request),
    createAppointment: (call, request) => visits.create(call, request),
    moveAppointment: (call, request) => visits.move(call, request),
    cancelAppointment: (call, request) => visits.cancel(call, request),
    confirmAppointment: (call, request) => visits.confirm(call, request),
    findByOurReference: (call, reference) => visits.findByReference(call, reference),
    verifyInbound: (request) => readWebhook(config, insertions, request),
  };
}
