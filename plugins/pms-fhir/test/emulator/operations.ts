import { type TestDeps } from '@openchair/plugin-kit/conformance';
import { Refusal, type Sent, type Stored } from './outcome.js';
import type { Store } from './store.js';

const SERVICE_REFERENCE = 'https://medplum.com/fhir/service-type-reference';
const PARAMETERS = 'https://medplum.com/fhir/StructureDefinition/SchedulingParameters';
const GRID_MS = 900_000;
const LONGEST_SEARCH_MS = 31 * 86_400_000;

export type OperationName = 'find' | 'hold' | 'confirm' | 'book' | 'reschedule' | 'cancel';

interface Parameter {
  name: string;
  resource?: Sent;
  valueReference?: { reference: string };
  valueDateTime?: string;
}

const invalid = (text: string) => new Refusal(400, 'invalid', text);
const isTaken = () => invalid('Requested time slot is not available');

/** Scheduling operations in the manner of Medplum: availability is implied by hours, Slots only take time away. */
export class Operations {
  constructor(
    private readonly store: Store,
    private readonly zone: TestDeps['zone'],
  ) {}

  find(query: URLSearchParams): Stored[] {
    for (const name of query.keys()) {
      if (!['start', 'end', 'service-type-reference', 'schedule', 'ignore-appointment', '_count'].includes(name))
        throw invalid(`Unknown parameter ${name}`);
    }
    const [start, end] = [Date.parse(query.get('start') ?? ''), Date.parse(query.get('end') ?? '')];
    if (!(start < end)) throw invalid('Invalid search time range');
    if (end - start > LONGEST_SEARCH_MS) throw invalid('Search range cannot exceed 31 days');
    const service = this.byReference(query.get('service-type-reference'), 'HealthcareService');
    const schedules = query.getAll('schedule').map((one) => this.byReference(one, 'Schedule'));
    if (schedules.length === 0) throw invalid('At least one schedule must be provided');
    const ignored = query.get('ignore-appointment');
    const own = ignored === null ? [] : slotIds(this.byReference(ignored, 'Appointment'));
    const length = durationOf(service);
    const found: Sent[] = [];
    for (let at = Math.ceil(start / GRID_MS) * GRID_MS; at + length <= end; at += GRID_MS) {
      if (found.length >= Number(query.get('_count') ?? 20)) break;
      if (schedules.every((schedule) => this.isFree(schedule, service, at, at + length, own)))
        found.push(proposal(service, schedules, at, at + length));
    }
    return found as Stored[];
  }

  /** `$book` and `$hold`: all Slots and the appointment, or nothing. */
  book(parameters: readonly Parameter[], hold: boolean): Stored[] {
    const sent = only(parameters, 'appointment').resource;
    if (sent?.resourceType !== 'Appointment' || sent.slot !== undefined)
      throw invalid('Expected an Appointment without slots');
    const service = this.serviceOf(sent);
    const proposed = (sent.contained ?? []) as Sent[];
    if (proposed.length === 0) throw invalid('Expected slots in contained');
    const [start, end] = [Date.parse(sent.start), Date.parse(sent.end)];
    if (end - start !== durationOf(service)) throw invalid('No matching scheduling parameters found');
    return this.store.atomically(() => {
      const slots = proposed.map((slot) => {
        if (slot.start !== sent.start || slot.end !== sent.end) throw invalid('Mismatched slot start times');
        const schedule = this.byReference(slot.schedule?.reference, 'Schedule');
        if (!this.isFree(schedule, service, start, end, [])) throw isTaken();
        return this.store.create({ ...slot, status: hold ? 'busy-tentative' : 'busy' });
      });
      const { contained: _contained, ...rest } = sent;
      const slot = slots.map(({ id }) => ({ reference: `Slot/${id}` }));
      return [this.store.create({ ...rest, status: hold ? 'pending' : 'booked', slot }), ...slots];
    });
  }

  confirm(id: string): Stored[] {
    const appointment = this.store.get('Appointment', id);
    if (appointment.status !== 'pending')
      throw invalid(`Appointment cannot be confirmed in '${appointment.status}' status`);
    return this.store.atomically(() => {
      const slots = slotIds(appointment).map((slot) =>
        this.store.update({ ...this.store.get('Slot', slot), status: 'busy' }, null),
      );
      return [this.store.update({ ...appointment, status: 'booked' }, null), ...slots];
    });
  }

  reschedule(id: string, parameters: readonly Parameter[]): Stored[] {
    const appointment = this.store.get('Appointment', id);
    if (!['booked', 'pending'].includes(appointment.status))
      throw invalid(`Appointment cannot be rescheduled in '${appointment.status}' status`);
    const service = this.serviceOf(appointment);
    const start = Date.parse(only(parameters, 'start').valueDateTime ?? '');
    const end = start + durationOf(service);
    if (!(start % GRID_MS === 0)) throw invalid('Start time is not aligned to the scheduling grid');
    const schedules = parameters
      .filter(({ name }) => name === 'schedule')
      .map(({ valueReference }) => this.byReference(valueReference?.reference, 'Schedule'));
    if (schedules.length === 0) throw invalid('Expected at least 1 schedule');
    return this.store.atomically(() => {
      const left = slotIds(appointment).map((slot) => this.actorOf(this.store.get('Slot', slot).schedule.reference));
      for (const slot of slotIds(appointment)) this.store.delete('Slot', slot);
      if (!schedules.every((schedule) => this.isFree(schedule, service, start, end, []))) throw isTaken();
      const times = { start: new Date(start).toISOString(), end: new Date(end).toISOString() };
      const status = appointment.status === 'pending' ? 'busy-tentative' : 'busy';
      const slots = schedules.map(({ id: own }) =>
        this.store.create({ resourceType: 'Slot', status, schedule: { reference: `Schedule/${own}` }, ...times }),
      );
      const actors = schedules.map((schedule) => schedule.actor[0].reference as string);
      const kept = (appointment.participant as { actor?: { reference: string } }[]).filter(
        ({ actor }) => !left.includes(actor?.reference ?? '') || actors.includes(actor?.reference ?? ''),
      );
      const fresh = actors.filter((actor) => !kept.some((one) => one.actor?.reference === actor));
      const participant = [...kept, ...fresh.map((reference) => ({ actor: { reference }, status: 'tentative' }))];
      const slot = slots.map(({ id: own }) => ({ reference: `Slot/${own}` }));
      return [this.store.update({ ...appointment, ...times, participant, slot }, null), ...slots];
    });
  }

  cancel(parameters: readonly Parameter[]): Stored[] {
    const appointment = this.byReference(
      only(parameters, 'appointment-reference').valueReference?.reference,
      'Appointment',
    );
    if (!['booked', 'pending'].includes(appointment.status))
      throw invalid(`Appointment cannot be canceled in '${appointment.status}' status`);
    return this.store.atomically(() => {
      for (const slot of slotIds(appointment)) this.store.delete('Slot', slot);
      const { slot: _slot, ...rest } = appointment;
      return [this.store.update({ ...rest, status: 'cancelled' }, null)];
    });
  }

  private actorOf(schedule: string): string {
    return this.byReference(schedule, 'Schedule').actor[0].reference as string;
  }

  private byReference(reference: string | null | undefined, type: string): Stored {
    const [named, id = ''] = (reference ?? '').split('/');
    if (named !== type) throw invalid(`Expected a reference to a ${type}`);
    return this.store.get(type, id);
  }

  private serviceOf(appointment: Sent): Stored {
    const links = ((appointment.serviceType ?? []) as Sent[]).flatMap(({ extension }) => extension ?? []);
    const named = links.filter(({ url }: { url: string }) => url === SERVICE_REFERENCE);
    if (named.length !== 1) throw invalid('Appointment has no service reference');
    return this.byReference(named[0].valueReference?.reference, 'HealthcareService');
  }

  private isFree(schedule: Stored, service: Stored, start: number, end: number, own: readonly string[]): boolean {
    if (schedule.actor.length !== 1) throw invalid('$find only supported on schedules with exactly one actor');
    const listed = JSON.stringify(schedule.serviceType ?? []).includes(`HealthcareService/${service.id}"`);
    if (!listed) throw invalid('Schedule is not schedulable for requested service type');
    const [date, from] = this.zone.toLocal(start).split('T') as [string, string];
    const [lastDate, until] = this.zone.toLocal(end).split('T') as [string, string];
    const day = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'][new Date(`${date}T00:00Z`).getUTCDay()]!;
    const windows = (service.availableTime ?? []) as {
      daysOfWeek: string[];
      availableStartTime: string;
      availableEndTime: string;
    }[];
    const isOpen = windows.some(
      (one) =>
        one.daysOfWeek.includes(day) &&
        one.availableStartTime.slice(0, 5) <= from &&
        until <= one.availableEndTime.slice(0, 5),
    );
    if (!isOpen || date !== lastDate) return false;
    const isIts = (slot: Stored) =>
      slot.schedule.reference === `Schedule/${schedule.id}` && slot.status !== 'free' && !own.includes(slot.id);
    const touches = (slot: Stored) => Date.parse(slot.start) < end && Date.parse(slot.end) > start;
    return this.store.list('Slot', (slot) => isIts(slot) && touches(slot)).length === 0;
  }
}

function only(parameters: readonly Parameter[], name: string): Parameter {
  const [first, ...more] = parameters.filter((one) => one.name === name);
  if (!first || more.length > 0) throw invalid(`Expected 1 value for required input parameter '${name}'`);
  return first;
}

function slotIds(appointment: Sent): string[] {
  return ((appointment.slot ?? []) as { reference: string }[]).map(({ reference }) => reference.slice('Slot/'.length));
}

function durationOf({ extension }: Stored): number {
  const parameters = (
    (extension ?? []) as { url: string; extension: { url: string; valueDuration?: { value: number } }[] }[]
  ).find(({ url }) => url === PARAMETERS);
  return parameters!.extension.find(({ url }) => url === 'duration')!.valueDuration!.value * 60_000;
}

function proposal(service: Stored, schedules: readonly Stored[], from: number, to: number): Sent {
  const times = { start: new Date(from).toISOString(), end: new Date(to).toISOString() };
  return {
    resourceType: 'Appointment',
    status: 'proposed',
    ...times,
    serviceType: [
      { extension: [{ url: SERVICE_REFERENCE, valueReference: { reference: `HealthcareService/${service.id}` } }] },
    ],
    participant: schedules.map(({ actor }) => ({ actor: actor[0], required: 'required', status: 'needs-action' })),
    contained: schedules.map(({ id }) => ({
      resourceType: 'Slot',
      status: 'busy',
      ...times,
      schedule: { reference: `Schedule/${id}` },
    })),
  };
}
