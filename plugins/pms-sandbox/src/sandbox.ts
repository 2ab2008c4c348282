import { randomUUID } from 'node:crypto';
import {
  type Call,
  Conflict,
  type NewPmsAppointment,
  NotFound,
  type Page,
  type PluginDeps,
  type PmsAdapter,
  type PmsAppointment,
  type PmsMove,
  type PmsRead,
} from '@openchair/plugin-kit';
import { alternativesTo } from './alternatives.js';
import { Book } from './book.js';
import type { SandboxConfig } from './config.js';
import { Gate } from './faults.js';
import { Lists } from './lists.js';
import { PatientRegister } from './patients.js';
import { Practice } from './practice.js';
import { Pulls } from './pulls.js';
import type { SandboxList } from './seed/lists.js';
import { shortHash } from './seed/random.js';
import { asOf, type Place, recordOf, type Visit } from './visit.js';
import { readWebhook } from './webhooks.js';

/** The foreign id of a visit that we write follows from our reference: asking "did you do it?" is one look-up. */
const visitIdOf = (reference: string): string => `v${shortHash(reference, 16)}`;

/** Adapter of one sandbox connection. */
export function createSandbox(config: SandboxConfig, deps: PluginDeps): PmsAdapter {
  const practice = new Practice(config, deps.zone);
  const book = new Book(practice, deps);
  const patients = new PatientRegister(practice, deps);
  const lists = new Lists(practice, deps.store);
  const gate = new Gate(config, deps.store);
  const pulls = new Pulls(practice, book, patients, deps.clock, () => gate.lag());
  const show = (visit: Visit): PmsAppointment => recordOf(visit, deps.clock.now());

  async function read<T>(call: Call, answer: () => T | Promise<T>): Promise<T> {
    await gate.enter(call);
    return answer();
  }

  async function list<T>(call: Call, kind: PmsRead, answer: () => Page<T> | Promise<Page<T>>): Promise<Page<T>> {
    return gate.passed(kind, await read(call, answer));
  }

  /** A list beside the book, which the fault switches may have broken alone. */
  function beside<T>(call: Call, name: SandboxList, answer: () => Promise<Page<T>>): Promise<Page<T>> {
    return list(call, name, async () => {
      await gate.open(name);
      return answer();
    });
  }

  async function write<T>(call: Call, act: () => Promise<T>): Promise<T> {
    await gate.enter(call);
    const result = await act();
    await gate.acknowledge();
    return result;
  }

  async function refuseOnDemand(wanted: Place): Promise<void> {
    if (await gate.takeConflict()) throw new Conflict(await alternativesTo(wanted, practice, book, deps));
  }

  function checkPlace({ providerForeignId, operatoryForeignId }: Partial<Place>): void {
    const isIn = (list: readonly { foreignId: string }[], id: string | undefined) =>
      id === undefined || list.some(({ foreignId }) => foreignId === id);
    if (!isIn(practice.providers, providerForeignId)) throw new NotFound('provider_not_found');
    if (!isIn(practice.operatories, operatoryForeignId)) throw new NotFound('operatory_not_found');
  }

  /** What a visit is charged for: what is asked for, else what its type stands for. */
  async function proceduresOf(request: NewPmsAppointment): Promise<readonly string[] | undefined> {
    const { appointmentTypeForeignId, procedureCodes } = request;
    if (appointmentTypeForeignId === undefined) return procedureCodes;
    const type = (await lists.of('appointment_types')).find(({ foreignId }) => foreignId === appointmentTypeForeignId);
    if (!type) throw new NotFound('appointment_type_not_found');
    return procedureCodes ?? type.procedureCodes;
  }

  async function create(request: NewPmsAppointment): Promise<PmsAppointment> {
    checkPlace(request);
    if (!(await patients.has(request.patientForeignId))) throw new NotFound('patient_not_found');
    const first = visitIdOf(request.reference);
    const known = await book.find(first);
    const doubles = known !== null && (await gate.doubles());
    if (known && !doubles) return show(known);
    const procedureCodes = await proceduresOf(request);
    await refuseOnDemand(request);
    const now = deps.clock.now();
    const foreignId = doubles ? `d${randomUUID().slice(0, 13)}` : first;
    return show(
      await book.enter({
        ...request,
        ...(procedureCodes === undefined ? {} : { procedureCodes }),
        foreignId,
        status: 'scheduled',
        confirmed: false,
        asap: false,
        updatedAt: now,
        enteredAt: now,
      }),
    );
  }

  async function move({ foreignId, ...to }: PmsMove): Promise<PmsAppointment> {
    checkPlace(to);
    const visit = await book.find(foreignId);
    if (!visit) throw new NotFound('visit_not_found');
    const { providerForeignId, operatoryForeignId } = visit;
    // A pattern belongs to a length: one of another length is dropped unless a new one is given.
    const kept = to.end - to.start === visit.end - visit.start ? visit.pattern : undefined;
    const pattern = to.pattern ?? kept;
    const place: Place = {
      providerForeignId,
      operatoryForeignId,
      ...to,
      ...(pattern === undefined ? {} : { pattern }),
    };
    await refuseOnDemand(place);
    return show(await book.move(foreignId, place));
  }

  return {
    probe: (call) =>
      read(call, () => ({ description: `Sandbox practice "${config.seed}"`, serverTime: deps.clock.now() })),
    pullProviders: (call) => list(call, 'providers', () => pulls.whole(practice.providers)),
    pullOperatories: (call) => list(call, 'operatories', () => pulls.whole(practice.operatories)),
    pullSchedules: (call, query) => list(call, 'schedules', () => pulls.schedules(query)),
    pullAppointments: (call, query) => list(call, 'appointments', () => pulls.appointments(query)),
    pullPatients: (call, query) => list(call, 'patients', () => pulls.allPatients(query)),
    pullRecalls: (call, query) => beside(call, 'recalls', async () => pulls.part(await lists.recalls(query), query)),
    pullCarriers: (call) => beside(call, 'carriers', async () => pulls.whole(await lists.of('carriers'))),
    pullAppointmentTypes: (call) =>
      beside(call, 'appointment_types', async () => pulls.whole(await lists.of('appointment_types'))),
    pullProcedureCodes: (call) =>
      beside(call, 'procedure_codes', async () => pulls.whole(await lists.of('procedure_codes'))),
    findByOurReference: (call, reference) =>
      read(call, async () => {
        const visit = await book.find(visitIdOf(reference));
        const seen = visit && asOf(visit, deps.clock.now() - (await gate.lag()));
        return seen && show(seen);
      }),
    findOrCreatePatient: (call, request) => write(call, () => patients.findOrCreate(request)),
    createAppointment: (call, request) => write(call, () => create(request)),
    moveAppointment: (call, request) => write(call, () => move(request)),
    cancelAppointment: (call, request) =>
      write(call, async () => show(await book.mark(request.foreignId, { status: request.as }))),
    confirmAppointment: (call, { foreignId, confirmed }) =>
      write(call, async () => show(await book.mark(foreignId, { confirmed }))),
    addAppointmentNote: (call, { foreignId, text }) => write(call, async () => show(await book.note(foreignId, text))),
    verifyInbound: async (request) => readWebhook(config.signingSecret, request),
  };
}
