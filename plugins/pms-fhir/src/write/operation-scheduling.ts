import { type Alternative, type Call, Rejected, Retryable } from '@openchair/plugin-kit';
import type { HealthcareService, Resource, Schedule } from '../fhir/resources.js';
import { type Appointment, toInstant } from '../fhir/resources.js';
import { instantOf } from '../fhir/resources.js';
import { proceduresOf } from '../read/lists.js';
import { minutesOf, offers, SERVICE_REFERENCE, servicesOf } from '../read/scheduling-parameters.js';
import { type PlainParts, PlainScheduling } from './plain-scheduling.js';
import { around, nearest, type Scheduling, type Wanted } from './scheduling.js';

const MOST_FOUND = 200;

/** Books by the operations of the server, which looks at Slots, buffers and hours itself. What it does not offer is written plainly. */
export class OperationScheduling implements Scheduling {
  private readonly plain: PlainScheduling;

  constructor(private readonly parts: PlainParts) {
    this.plain = new PlainScheduling(parts);
  }

  async book(call: Call, draft: Appointment, wanted: Wanted, procedureCodes: readonly string[]): Promise<Appointment> {
    const { client, profile } = this.parts;
    const schedules = await this.parts.schedules.of(call, wanted);
    const service = await this.serviceFor(call, wanted, schedules, procedureCodes);
    const { start, end } = draft;
    const resource = {
      ...draft,
      status: 'proposed',
      serviceType: [
        {
          ...draft.serviceType?.[0],
          extension: [{ url: SERVICE_REFERENCE, valueReference: { reference: `HealthcareService/${service.id}` } }],
        },
      ],
      contained: schedules.map(({ id }) => ({
        resourceType: 'Slot',
        status: 'busy',
        schedule: { reference: `Schedule/${id}` },
        start,
        end,
      })),
    };
    const parameters = [{ name: 'appointment', resource }];
    if (profile.operations.has('book'))
      return appointmentIn(await client.operation(call, '/Appointment/$book', parameters));
    const held = appointmentIn(await client.operation(call, '/Appointment/$hold', parameters));
    return this.confirm(call, held);
  }

  /** Makes a held appointment a booked one. */
  async confirm(call: Call, { id }: Appointment): Promise<Appointment> {
    return appointmentIn(await this.parts.client.operation(call, `/Appointment/${id}/$confirm`, []));
  }

  async move(call: Call, appointment: Appointment, to: Wanted): Promise<Appointment> {
    const { client, profile } = this.parts;
    if (!profile.operations.has('reschedule')) return this.plain.move(call, appointment, to);
    const schedules = await this.parts.schedules.of(call, to);
    return appointmentIn(
      await client.operation(call, `/Appointment/${appointment.id}/$reschedule`, [
        { name: 'start', valueDateTime: toInstant(to.start) },
        ...schedules.map(({ id }) => ({ name: 'schedule', valueReference: { reference: `Schedule/${id}` } })),
      ]),
    );
  }

  async cancel(call: Call, appointment: Appointment): Promise<Appointment> {
    const { client, profile } = this.parts;
    if (!profile.operations.has('cancel')) return this.plain.cancel(call, appointment);
    const valueReference = { reference: `Appointment/${appointment.id}` };
    return appointmentIn(
      await client.operation(call, '/Appointment/$cancel', [{ name: 'appointment-reference', valueReference }]),
    );
  }

  async alternatives(call: Call, wanted: Wanted, moved?: Appointment): Promise<Alternative[]> {
    const { client, clock, profile } = this.parts;
    if (!profile.operations.has('find')) return this.plain.alternatives(call, wanted);
    const schedules = await this.parts.schedules.of(call, wanted);
    const [service] = servicesOf(moved?.serviceType);
    const span = around(wanted, clock.now());
    const found = await client.ask(call, '/Appointment/$find', {
      start: toInstant(span.start),
      end: toInstant(span.end),
      'service-type-reference': `HealthcareService/${service ?? (await this.serviceFor(call, wanted, schedules, [])).id}`,
      schedule: schedules.map(({ id }) => `Schedule/${id}`),
      ...(moved === undefined ? {} : { 'ignore-appointment': `Appointment/${moved.id}` }),
      _count: MOST_FOUND,
    });
    const proposed = found.filter(isAppointment);
    const length = wanted.end - wanted.start;
    const starts = proposed.flatMap(({ start, end }) => {
      const [from, to] = [instantOf(start), instantOf(end)];
      return from !== undefined && to !== undefined && to - from === length ? from : [];
    });
    return nearest(starts, wanted);
  }

  /** What is booked: a service of the visit's length that these Schedules offer; of several, the one with most of the procedures. */
  private async serviceFor(
    call: Call,
    { start, end }: Wanted,
    schedules: readonly Schedule[],
    codes: readonly string[],
  ): Promise<HealthcareService> {
    if (schedules.length === 0) throw new Rejected('no_schedule');
    const { client, config } = this.parts;
    const minutes = (end - start) / 60_000;
    const services = await client.all<HealthcareService>(call, 'HealthcareService', { _count: 100 });
    const fitting = services.filter(
      (service) =>
        service.active !== false &&
        (minutesOf(service) ?? minutes) === minutes &&
        schedules.every((schedule) => offers(schedule, service.id ?? '')),
    );
    const shared = (service: HealthcareService) =>
      proceduresOf(service.type, config.procedureSystem).filter((code) => codes.includes(code)).length;
    const [best] = fitting.sort((a, b) => shared(b) - shared(a) || (a.id ?? '').localeCompare(b.id ?? ''));
    if (best === undefined) throw new Rejected('no_service_of_this_length');
    return best;
  }
}

function isAppointment(resource: Resource): resource is Appointment {
  return resource.resourceType === 'Appointment';
}

/** The appointment in the answer to an operation. */
function appointmentIn(resources: readonly Resource[]): Appointment {
  const found = resources.find(isAppointment);
  if (found === undefined) throw new Retryable('unexpected_answer');
  return found;
}
