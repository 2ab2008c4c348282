import { type Alternative, type Call, Conflict } from '@openchair/plugin-kit';
import type { FhirConfig } from '../config.js';
import type { FhirClient } from '../fhir/client.js';
import type { ServerProfile } from '../fhir/server.js';
import { type Appointment, idOf, type Schedule, type Slot, toInstant } from '../fhir/resources.js';
import { type ActorBook, NOBODY } from '../read/actors.js';
import { slotsOf, timedSlots, type TimedSlot } from '../read/slots.js';
import { APPOINTMENT_SYSTEM, isLive, type VisitReader } from '../read/visits.js';
import { overlaps, type Span, without } from '../read/wall.js';
import { movedTo } from './drafts.js';
import { type PlaceSchedules, referencesAt } from './schedules.js';
import { around, nearest, type Scheduling, type Wanted } from './scheduling.js';
import { planSlots, type SlotPlan } from './slot-plan.js';

const DAY_MS = 86_400_000;
/** Starts of alternatives, when a free Slot is longer than the visit. */
const STEP_MS = 900_000;

export interface PlainParts {
  readonly client: FhirClient;
  readonly config: FhirConfig;
  readonly clock: { now(): number };
  readonly actors: ActorBook;
  readonly visits: VisitReader;
  readonly schedules: PlaceSchedules;
  readonly profile: ServerProfile;
}

/** Books by writing: the Appointment and the Slots that it fills in one transaction, each Slot as it was read. */
export class PlainScheduling implements Scheduling {
  constructor(private readonly parts: PlainParts) {}

  async book(call: Call, draft: Appointment, wanted: Wanted): Promise<Appointment> {
    await this.refuseOverlap(call, wanted);
    const { entries, filled } = await this.plan(call, wanted);
    const resource: Appointment = { ...draft, ...(filled.length === 0 ? {} : { slot: filled }) };
    const ifNoneExist = `identifier=${APPOINTMENT_SYSTEM}|${draft.identifier?.[0]?.value}`;
    const { client } = this.parts;
    if (entries.length === 0) return (await client.create<Appointment>(call, resource, ifNoneExist)).resource;
    return client.transaction<Appointment>(call, [{ resource, ifNoneExist }, ...entries]);
  }

  async move(call: Call, appointment: Appointment, to: Wanted): Promise<Appointment> {
    await this.refuseOverlap(call, to, appointment.id);
    const plan = await this.plan(call, to, appointment);
    const { actors, config } = this.parts;
    const come = referencesAt(to, config).map((reference) => ({ reference }));
    const directory = await actors.learn(call, [...(appointment.participant ?? []).map(({ actor }) => actor), ...come]);
    return this.write(call, movedTo(appointment, to, plan.filled, directory, config), plan);
  }

  async cancel(call: Call, appointment: Appointment): Promise<Appointment> {
    const { slot, ...rest } = appointment;
    // A server that marks Slots itself has to know which it is to free.
    const kept = this.parts.profile.writesSlots || slot === undefined ? {} : { slot };
    return this.write(call, { ...rest, ...kept, status: 'cancelled' }, await this.plan(call, null, appointment));
  }

  async alternatives(call: Call, wanted: Wanted): Promise<Alternative[]> {
    const { client, clock } = this.parts;
    const span = around(wanted, clock.now());
    const schedules = await this.parts.schedules.of(call, wanted);
    const { records: slots } = await slotsOf(client, call, schedules, span);
    const free = schedules.map((schedule) => slots.filter((one) => one.status === 'free' && belongs(one, schedule)));
    const covers = (theirs: readonly TimedSlot[], visit: Span) => without(visit, theirs).length === 0;
    const length = wanted.end - wanted.start;
    const starts = free.flat().flatMap(({ start, end }) => {
      const count = Math.ceil((end - start) / STEP_MS);
      return Array.from({ length: count }, (_, at) => start + at * STEP_MS);
    });
    // A Schedule without free Slots tells nothing about when it is free.
    const telling = free.filter((theirs) => theirs.length > 0);
    return nearest(
      starts.filter(
        (start) => start >= span.start && telling.every((theirs) => covers(theirs, { start, end: start + length })),
      ),
      wanted,
    );
  }

  private async write(call: Call, appointment: Appointment, { entries }: SlotPlan): Promise<Appointment> {
    const { client } = this.parts;
    if (entries.length === 0) return (await client.update(call, appointment)).resource;
    return client.transaction<Appointment>(call, [{ resource: appointment }, ...entries]);
  }

  /** The Slots of the new time, freed of the old ones. A server that marks Slots itself is only told which. */
  private async plan(call: Call, to: Wanted | null, from?: Appointment): Promise<SlotPlan> {
    const { client, schedules, profile } = this.parts;
    const ids = (from?.slot ?? []).flatMap((reference) => idOf(reference, 'Slot') ?? []);
    const theirs = to ? await schedules.of(call, to) : [];
    const near = to ? (await slotsOf(client, call, theirs, to)).records : [];
    const own = await client.byIds<Slot>(call, 'Slot', ids);
    const slots = new Map([...timedSlots(own).records, ...near].map((timed) => [timed.slot.id ?? '', timed]));
    const plan = planSlots([...slots.values()], new Set(ids), theirs, to);
    if (profile.writesSlots) return plan;
    const named = plan.filled.filter(({ reference }) => reference?.startsWith('Slot/'));
    return { entries: [], filled: named };
  }

  /** Looks once more before writing: servers without Slots refuse nothing. */
  private async refuseOverlap(call: Call, wanted: Wanted, ownId?: string): Promise<void> {
    const { client, visits, config } = this.parts;
    const actor = referencesAt(wanted, config).join(',');
    const date = [`ge${toInstant(wanted.start - DAY_MS)}`, `lt${toInstant(wanted.end)}`];
    const found = await client.all<Appointment>(call, 'Appointment', { actor, date, _count: 100 });
    const others = (await visits.visitsOf(call, found)).filter((visit) => isLive(visit) && visit.foreignId !== ownId);
    const shares = (one: string, other: string) => one !== NOBODY && one === other;
    const clash = others.some(
      (visit) =>
        overlaps(visit, wanted) &&
        (shares(visit.providerForeignId, wanted.providerForeignId) ||
          shares(visit.operatoryForeignId, wanted.operatoryForeignId)),
    );
    if (clash) throw new Conflict();
  }
}

function belongs({ slot }: TimedSlot, { id }: Schedule): boolean {
  return idOf(slot.schedule, 'Schedule') === id;
}
