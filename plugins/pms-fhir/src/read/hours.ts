import type {
  Call,
  LocalDate,
  LocalInterval,
  PluginDeps,
  PmsAppointment,
  PmsBlockout,
  PmsHours,
  PmsScheduleRecord,
  Readings,
  UnreadableRecord,
} from '@openchair/plugin-kit';
import type { FhirClient } from '../fhir/client.js';
import { type HealthcareService, idOf, instantOf, labelOf, type Schedule } from '../fhir/resources.js';
import type { ActorBook, Actors } from './actors.js';
import { servicesOf, type Window, windowsOf } from './scheduling-parameters.js';
import { isTaken, slotsOf, type TimedSlot } from './slots.js';
import { isLive } from './visits.js';
import { addDays, startOf, union, wallSpans, weekdayOf, without } from './wall.js';

const DAY_MS = 86_400_000;

/** Some local days, both included. */
interface Days {
  readonly from: LocalDate;
  readonly to: LocalDate;
}

/** A Schedule, and whose it is. */
interface Owned extends Actors {
  readonly schedule: Schedule;
  readonly slots: readonly TimedSlot[];
  readonly windows: readonly Window[];
}

/**
 * Working hours and what is set apart, from Schedules and Slots. Time is open where the rules of a Schedule say so and where a Slot
 * is free; without such rules also where one is busy. It is set apart where a Slot is `busy-unavailable`, and where one is busy
 * for which no visit is known.
 */
export class HoursReader {
  /** Schedules of which the log has said that not all of them is read. */
  private readonly told = new Set<string>();

  constructor(
    private readonly client: FhirClient,
    private readonly actors: ActorBook,
    private readonly deps: Pick<PluginDeps, 'zone' | 'log'>,
    private readonly visitsBetween: (call: Call, start: number, end: number) => Promise<readonly PmsAppointment[]>,
  ) {}

  async read(call: Call, days: Days): Promise<Readings<PmsScheduleRecord>> {
    const { zone } = this.deps;
    const [start, end] = [startOf(zone, days.from), startOf(zone, addDays(days.to, 1))];
    const { owned, unreadable } = await this.owned(call, start, end);
    const busy = owned.some(({ slots }) => slots.some(isTaken));
    const visits = busy ? (await this.visitsBetween(call, start - DAY_MS, end)).filter(isLive) : [];
    const blockouts = owned.flatMap((one) => this.blockoutsOf(one, visits));
    const all = [...this.hoursOf(owned, days), ...blockouts];
    return { records: all.filter(({ date }) => date >= days.from && date <= days.to), unreadable };
  }

  /** The Schedules in use, with their Slots that touch the span: one from the day before may reach into it. */
  private async owned(
    call: Call,
    start: number,
    end: number,
  ): Promise<{ owned: Owned[]; unreadable: readonly UnreadableRecord[] }> {
    const all = await this.client.all<Schedule>(call, 'Schedule', { _count: 100 });
    const schedules = all.filter(({ id, active }) => id !== undefined && active !== false);
    const directory = await this.actors.learn(
      call,
      schedules.flatMap(({ actor }) => actor ?? []),
    );
    const services = await this.services(call, schedules);
    const { records: slots, unreadable } = await slotsOf(this.client, call, schedules, { start, end });
    const owned = schedules.map((schedule) => {
      const { windows, foreign } = windowsOf(schedule, services, this.deps.zone.name);
      if (foreign > 0) this.tellOnce(schedule, foreign);
      const own = slots.filter(({ slot }) => idOf(slot.schedule, 'Schedule') === schedule.id);
      return { schedule, slots: own, windows, ...directory.of(schedule.actor ?? []) };
    });
    return { owned, unreadable };
  }

  private tellOnce({ id = '' }: Schedule, windows: number): void {
    if (this.told.has(id)) return;
    this.told.add(id);
    this.deps.log.warn('hours in another zone are left out', { schedule: id, windows });
  }

  private async services(call: Call, schedules: readonly Schedule[]): Promise<Map<string, HealthcareService>> {
    const ids = schedules.flatMap(({ serviceType }) => servicesOf(serviceType));
    const found = await this.client.byIds<HealthcareService>(call, 'HealthcareService', ids);
    return new Map(found.filter(({ active }) => active !== false).map((service) => [service.id ?? '', service]));
  }

  /** One record for each provider, room and day. */
  private hoursOf(owned: readonly Owned[], { from, to }: Days): PmsHours[] {
    const byKey = new Map<string, { record: Omit<PmsHours, 'intervals'>; intervals: LocalInterval[] }>();
    const add = (provider: string, operatory: string | undefined, date: LocalDate, interval: LocalInterval) => {
      const key = `${date}/${provider}/${operatory ?? ''}`;
      const record = {
        kind: 'hours' as const,
        providerForeignId: provider,
        date,
        ...(operatory === undefined ? {} : { operatoryForeignId: operatory }),
      };
      const known = byKey.get(key) ?? { record, intervals: [] };
      known.intervals.push(interval);
      byKey.set(key, known);
    };
    for (const { schedule, slots, windows, practitioners, operatories } of owned) {
      // Where no rule says when somebody works, a Slot that is taken was free before.
      const open = slots.filter((one) => one.status === 'free' || (windows.length === 0 && isTaken(one)));
      const spans = [
        ...open.flatMap(({ start, end }) => wallSpans(this.deps.zone, start, end, 'open')),
        ...this.weekly(schedule, windows, from, to),
      ];
      for (const provider of practitioners) {
        for (const { date, start, end } of spans) {
          for (const operatory of operatories.length === 0 ? [undefined] : operatories)
            add(provider, operatory, date, { start, end });
        }
      }
    }
    return [...byKey.values()].map(({ record, intervals }) => ({ ...record, intervals: union(intervals) }));
  }

  /** The days' windows within the Schedule's planning horizon. A window past midnight belongs to two days. */
  private weekly({ planningHorizon: horizon }: Schedule, windows: readonly Window[], from: LocalDate, to: LocalDate) {
    const localDay = (text: string | undefined) => {
      const instant = instantOf(text);
      return instant === undefined ? text?.slice(0, 10) : this.deps.zone.toLocal(instant).slice(0, 10);
    };
    const [first, last] = [localDay(horizon?.start) ?? from, localDay(horizon?.end) ?? to];
    const spans: (LocalInterval & { date: LocalDate })[] = [];
    for (let date = addDays(from, -1); date <= to; date = addDays(date, 1)) {
      if (date < first || date > last) continue;
      for (const { days, start, end } of windows) {
        if (!days.includes(weekdayOf(date))) continue;
        if (end > start) spans.push({ date, start, end });
        else {
          spans.push({ date, start, end: '24:00' });
          if (end > '00:00') spans.push({ date: addDays(date, 1), start: '00:00', end });
        }
      }
    }
    return spans.filter(({ date }) => date >= from);
  }

  private blockoutsOf({ slots, practitioners, operatories }: Owned, visits: readonly PmsAppointment[]): PmsBlockout[] {
    const owners = [
      ...practitioners.map((providerForeignId) => ({ providerForeignId })),
      ...operatories.map((operatoryForeignId) => ({ operatoryForeignId })),
    ];
    const theirs = visits.filter(
      ({ providerForeignId, operatoryForeignId }) =>
        practitioners.includes(providerForeignId) || operatories.includes(operatoryForeignId),
    );
    return slots.flatMap((timed) => {
      const { slot, status } = timed;
      if (status === 'free') return [];
      const spans = isTaken(timed) ? without(timed, theirs) : [timed];
      const type = isTaken(timed) ? 'Busy' : (labelOf(slot.appointmentType) ?? 'Unavailable');
      return spans
        .flatMap(({ start, end }) => wallSpans(this.deps.zone, start, end, 'closed'))
        .flatMap((span) =>
          owners.map((owner): PmsBlockout => ({ kind: 'blockout', foreignId: slot.id ?? '', type, ...owner, ...span })),
        );
    });
  }
}
