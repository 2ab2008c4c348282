import type {
  AppointmentsQuery,
  Call,
  Page,
  PluginDeps,
  PmsAdapter,
  PmsScheduleRecord,
  SchedulesQuery,
} from '@openchair/plugin-kit';
import { OpenDentalApi } from './api.js';
import type { OpenDentalConfig } from './config.js';
import { carrierOf, procedureCodeOf, recallOf } from './lists.js';
import { PatientRegister } from './patients.js';
import { Resources } from './resources.js';
import { type Row, textOf } from './rows.js';
import { isEverywhere, scheduleRecords, type ScheduleRow, scheduleRowsOf } from './schedules.js';
import { Visits } from './visits.js';
import { readWebhook } from './webhooks.js';

/** Adapter of one Open Dental office. */
export function createOpenDental(config: OpenDentalConfig, deps: PluginDeps): PmsAdapter {
  const api = new OpenDentalApi(config, deps);
  const resources = new Resources(api, deps.clock);
  const visits = new Visits(api, resources, config, deps);
  const patients = new PatientRegister(api, deps);
  const since = (updatedSince: number | undefined) =>
    updatedSince === undefined ? {} : { DateTStamp: api.times.since(updatedSince) };

  /** Availability is schedules less blockouts less visits; what the API calls slots searches by whole visits and one provider. */
  async function schedules(call: Call, { from, to, cursor }: SchedulesQuery): Promise<Page<PmsScheduleRecord>> {
    const query = { dateStart: from, dateEnd: to };
    const list = { path: '/schedules', query, key: 'ScheduleNum', cursor, read: scheduleRowsOf };
    const page = await api.page<ScheduleRow>(call, list);
    const everywhere = page.records.some(isEverywhere) ? await resources.operatories(call) : [];
    const ids = everywhere.map(({ foreignId }) => foreignId);
    return { ...page, records: scheduleRecords(page.records, ids) };
  }

  return {
    async probe(call) {
      const read = (row: Row) => [textOf(row, 'serverDateTime')];
      const [told] = (await api.page(call, { path: '/providers', key: 'ProvNum', read })).records;
      return { description: 'Open Dental', serverTime: (told ? api.times.servedAt(told) : undefined) ?? api.now };
    },
    pullProviders: async (call, { cursor }) => api.page(call, { ...(await resources.providerList(call)), cursor }),
    async pullOperatories(call, { cursor }) {
      const page = await api.page(call, { ...resources.operatoryList(), cursor });
      return {
        ...page,
        records: page.records.map(({ dentist: _dentist, hygienist: _hygienist, ...operatory }) => operatory),
      };
    },
    pullSchedules: schedules,
    pullAppointments: (call, { from, to, cursor, updatedSince }: AppointmentsQuery) =>
      api.page(call, {
        path: '/appointments',
        query: { dateStart: from, dateEnd: to, ...since(updatedSince), ...api.clinic },
        key: 'AptNum',
        cursor,
        since: updatedSince,
        read: (row, now) => visits.read(row, now),
      }),
    pullPatients: (call, { cursor, updatedSince }) =>
      api.page(call, { ...patients.list(since(updatedSince)), cursor, since: updatedSince }),
    async pullRecalls(call, { from, to, cursor }) {
      const types = await resources.recallTypes(call);
      const isDue = (dueOn: string) => dueOn >= from && dueOn <= to;
      const read = (row: Row) => [recallOf(row, types) ?? []].flat().filter(({ dueOn }) => isDue(dueOn));
      return api.page(call, { path: '/recalls', key: 'RecallNum', cursor, read });
    },
    pullCarriers: (call, { cursor }) =>
      api.page(call, { path: '/carriers', key: 'CarrierNum', cursor, read: (row) => [carrierOf(row)] }),
    pullAppointmentTypes: (call, { cursor }) => api.page(call, { ...resources.appointmentTypeList(), cursor }),
    pullProcedureCodes: (call, { cursor }) =>
      api.page(call, { path: '/procedurecodes', key: 'CodeNum', cursor, read: (row) => [procedureCodeOf(row)] }),
    findOrCreatePatient: (call, request) => patients.findOrCreate(call, request),
    createAppointment: (call, request) => visits.create(call, request),
    moveAppointment: (call, request) => visits.move(call, request),
    cancelAppointment: (call, request) => visits.cancel(call, request),
    confirmAppointment: (call, request) => visits.confirm(call, request),
    addAppointmentNote: (call, request) => visits.note(call, request),
    findByOurReference: (call, reference) => visits.findByReference(call, reference),
    verifyInbound: async (request) => readWebhook(config.customerKey, request),
  };
}
