import {
  type AppointmentsQuery,
  type Call,
  type HttpQuery,
  type Page,
  type PatientsQuery,
  type PluginDeps,
  type PmsAppointment,
  type PmsAppointmentType,
  type PmsCarrier,
  type PmsOperatory,
  type PmsPatient,
  type PmsProvider,
  type PmsScheduleRecord,
  type PullQuery,
  type Readings,
  readRecords,
  Rejected,
  type SchedulesQuery,
} from '@openchair/plugin-kit';
import type { FhirConfig } from '../config.js';
import type { FhirClient } from '../fhir/client.js';
import {
  type Appointment,
  type HealthcareService,
  idOf,
  type Organization,
  type Patient,
  type Practitioner,
  type PractitionerRole,
  type Resource,
  type Room,
  toInstant,
} from '../fhir/resources.js';
import type { ActorBook } from './actors.js';
import { HoursReader } from './hours.js';
import { appointmentTypeOf, carrierOf, isOperatory, operatoryOf, PAYERS } from './lists.js';
import { patientOf } from './patients.js';
import { providerOf } from './people.js';
import type { VisitReader } from './visits.js';
import { addDays, startOf } from './wall.js';

const PER_PAGE = 100;
const DAYS_PER_PAGE = 7;

/** Where a pull goes on: when it began on the server's clock, and what comes next. */
interface Cursor {
  readonly asOf: number;
  readonly next: string;
}

/** Reads in pages: FHIR's own where a list is one search, some days at a time where it is several. */
export class Pulls {
  private readonly actors: ActorBook;
  private readonly visits: VisitReader;
  private readonly hours: HoursReader;

  constructor(
    private readonly client: FhirClient,
    private readonly config: FhirConfig,
    private readonly deps: Pick<PluginDeps, 'clock' | 'zone' | 'log'>,
    { actors, visits }: { actors: ActorBook; visits: VisitReader },
  ) {
    this.actors = actors;
    this.visits = visits;
    this.hours = new HoursReader(client, this.actors, deps, (call, start, end) => this.visitsBetween(call, start, end));
  }

  providers(call: Call, query: PullQuery): Promise<Page<PmsProvider>> {
    return this.list<Practitioner, PmsProvider>(call, query, 'Practitioner', {}, async (people) => {
      const ids = people.flatMap(({ id }) => id ?? []);
      const roles = await this.client.byIds<PractitionerRole>(
        call,
        'PractitionerRole',
        ids.map((id) => `Practitioner/${id}`),
        'practitioner',
      );
      const places = roles.flatMap(({ location }) => location ?? []);
      const directory = await this.actors.learn(call, places);
      const known = new Set(directory.of(places).operatories);
      return each(people, (person) => {
        const held = roles.filter(({ practitioner }) => idOf(practitioner, 'Practitioner') === person.id);
        return providerOf(person, held, (id) => known.has(id));
      });
    });
  }

  /** Whole: the order of rooms is theirs among all. */
  async operatories(call: Call): Promise<Page<PmsOperatory>> {
    const askedAt = this.deps.clock.now();
    const all = await this.client.all<Room>(call, this.config.operatoryResource, { _count: PER_PAGE });
    const rooms = all.filter((room) => isOperatory(this.config, room));
    const order = new Map(rooms.map((room, at) => [room, at]));
    const read = each(rooms, (room) => operatoryOf(room, order.get(room) ?? 0));
    return { ...read, asOf: this.client.serverTimeOf(askedAt) };
  }

  appointmentTypes(call: Call, query: PullQuery): Promise<Page<PmsAppointmentType>> {
    return this.list<HealthcareService, PmsAppointmentType>(call, query, 'HealthcareService', {}, (services) =>
      each(services, (service) => appointmentTypeOf(service, this.config.procedureSystem)),
    );
  }

  carriers(call: Call, query: PullQuery): Promise<Page<PmsCarrier>> {
    return this.list<Organization, PmsCarrier>(call, query, 'Organization', { type: PAYERS }, (organizations) =>
      each(organizations, carrierOf),
    );
  }

  patients(call: Call, { cursor, updatedSince }: PatientsQuery): Promise<Page<PmsPatient>> {
    return this.list<Patient, PmsPatient>(call, { cursor }, 'Patient', since(updatedSince), (patients) =>
      only(
        each(patients, (patient) => patientOf(patient, this.config.country)),
        (patient) => isSince(patient, updatedSince),
      ),
    );
  }

  appointments(call: Call, { cursor, from, to, updatedSince }: AppointmentsQuery): Promise<Page<PmsAppointment>> {
    const { zone } = this.deps;
    const [start, end] = [startOf(zone, from), startOf(zone, addDays(to, 1))];
    const query = { date: [`ge${toInstant(start)}`, `lt${toInstant(end)}`], ...since(updatedSince) };
    return this.list<Appointment, PmsAppointment>(call, { cursor }, 'Appointment', query, async (appointments) => {
      const visits = await this.visits.read(call, appointments);
      return only(visits, (visit) => visit.start >= start && visit.start < end && isSince(visit, updatedSince));
    });
  }

  async schedules(call: Call, { from, to, cursor }: SchedulesQuery): Promise<Page<PmsScheduleRecord>> {
    const askedAt = this.deps.clock.now();
    const known = parse(cursor);
    const first = known?.next ?? from;
    if (!/^\d{4}-\d\d-\d\d$/.test(first)) throw new Rejected('bad_cursor');
    const next = addDays(first, DAYS_PER_PAGE);
    const read = await this.hours.read(call, { from: first, to: next > to ? to : addDays(next, -1) });
    const asOf = known?.asOf ?? this.client.serverTimeOf(askedAt);
    return { ...read, asOf, ...(next > to ? {} : { nextCursor: format({ asOf, next }) }) };
  }

  private async visitsBetween(call: Call, start: number, end: number): Promise<readonly PmsAppointment[]> {
    const query = { date: [`ge${toInstant(start)}`, `lt${toInstant(end)}`], _count: PER_PAGE };
    return this.visits.visitsOf(call, await this.client.all<Appointment>(call, 'Appointment', query));
  }

  /** One page of a search, in the order of ids where the server can: what changes meanwhile moves nothing then. */
  private async list<R extends Resource, T>(
    call: Call,
    { cursor }: { cursor?: string | undefined },
    type: string,
    query: HttpQuery,
    read: (resources: readonly R[]) => Readings<T> | Promise<Readings<T>>,
  ): Promise<Page<T>> {
    const askedAt = this.deps.clock.now();
    const known = parse(cursor);
    const found = known
      ? await this.client.follow<R>(call, type, known.next)
      : await this.client.search<R>(call, type, { ...query, _sort: '_id', _count: PER_PAGE });
    const asOf = known?.asOf ?? this.client.serverTimeOf(askedAt);
    const readings = await read(found.resources);
    return {
      ...readings,
      asOf,
      ...(found.next === undefined ? {} : { nextCursor: format({ asOf, next: found.next }) }),
    };
  }
}

/** Resources as records, one by one; null: it is nothing that is wanted. */
function each<R extends Resource, T>(resources: readonly R[], read: (resource: R) => T | null): Readings<T> {
  return readRecords(
    resources,
    (resource) => {
      const record = read(resource);
      return record === null ? [] : [record];
    },
    ({ id }) => id,
  );
}

function only<T>({ records, unreadable }: Readings<T>, isWanted: (record: T) => boolean): Readings<T> {
  return { records: records.filter(isWanted), unreadable };
}

/** `_lastUpdated` of a pull for changes. */
function since(updatedSince: number | undefined): HttpQuery {
  return updatedSince === undefined ? {} : { _lastUpdated: `ge${toInstant(updatedSince)}` };
}

/** Whether a record is a change; one that bears no date may be. */
function isSince({ updatedAt }: { updatedAt: number }, updatedSince = 0): boolean {
  return updatedAt === 0 || updatedAt >= updatedSince;
}

function format({ asOf, next }: Cursor): string {
  return Buffer.from(`${asOf} ${next}`).toString('base64url');
}

function parse(cursor: string | undefined): Cursor | undefined {
  if (cursor === undefined) return undefined;
  const parts = /^(\d{1,16}) (.+)$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (!parts) throw new Rejected('bad_cursor');
  return { asOf: Number(parts[1]), next: parts[2]! };
}
