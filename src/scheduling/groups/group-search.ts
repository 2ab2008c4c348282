import { Injectable } from '@nestjs/common';
import type { PatientType } from '../../catalog/index.js';
import { addDays, type LocalDate, type TenantScope } from '../../kernel/index.js';
import { Availability } from '../availability/availability.service.js';
import { firstDay, range } from '../availability/calendar-days.js';
import { Grounds, type Ground } from '../availability/ground.js';
import { PageReader } from '../availability/page-reader.js';
import type { Place } from '../availability/place.js';
import type { Slot, SlotDays, SlotQuery } from '../availability/query.js';
import type { Shelf } from '../availability/shelf.js';
import {
  cheaper,
  DaySlots,
  Effort,
  groupsOfDay,
  seriesFrom,
  spread,
  type GroupWish,
  type Member,
  type Series,
} from '../combine/index.js';
import { daySlotsOn, memberOn, slotOf, termsOf } from './members.js';

/** Seats of groups, or days of series, that one search tries in all; it takes less than a second. */
const EFFORT = 400_000;
/** Starts of a day from which series are tried, for each that is shown. */
const STARTS_FOR_EACH = 2;

/** One visit that is looked for. */
export interface VisitQuery {
  reasonId: string;
  providerId?: string | undefined;
  patientType?: PatientType | undefined;
  /** For rules of age. */
  dateOfBirth?: LocalDate | undefined;
}

interface WhereAndWhen {
  locationIds?: readonly string[] | undefined;
  /** First local day; default: today. */
  from?: LocalDate | undefined;
  days: number;
  optionsPerDay: number;
}

export interface GroupQuery extends GroupWish, WhereAndWhen {
  members: readonly VisitQuery[];
}

/** `afterDays`, `toleranceDays`: from the visit before; of the first visit they say nothing. */
export interface SeriesQuery extends WhereAndWhen {
  visits: readonly (VisitQuery & { afterDays: number; toleranceDays: number })[];
}

/** Slots that can be had together, one for each visit in the order of the query. */
export interface GroupOption {
  locationId: string;
  slots: readonly Slot[];
}

export interface OptionDays extends Pick<SlotDays, 'asOf' | 'sources'> {
  /** By the day on which the first visit is. */
  days: { date: LocalDate; options: GroupOption[] }[];
}

/** The visits of a query at one location: the place of each. */
interface Setting {
  locationId: string;
  places: readonly Place[];
}

/** Finds several visits that can be booked together: one query of the book, the engine, and what combines its slots. */
@Injectable()
export class GroupSearch {
  constructor(
    private readonly grounds: Grounds,
    private readonly reader: PageReader,
    private readonly availability: Availability,
  ) {}

  /** Visits of several patients on one day at one location. Unknown ids are `not_found`. */
  async groups(scope: TenantScope, query: GroupQuery): Promise<OptionDays> {
    const { settings, first, now, places } = await this.prepare(scope, query.members, query);
    const shelf = await this.reader.read(scope, places, first, query.days);
    const effort = new Effort(EFFORT);
    const days = range(first, query.days).map((date, day) => {
      const ofDay = effort.share(query.days - day);
      const options = settings.flatMap((setting, at) =>
        groupsAt(setting, date, shelf, query, ofDay.share(settings.length - at)),
      );
      return { date, options: shown(options, query.optionsPerDay) };
    });
    return { days, ...(await this.availability.freshness(scope, { places, now })) };
  }

  /** Visits of one patient with days between them, all at one location. Unknown ids are `not_found`. */
  async series(scope: TenantScope, query: SeriesQuery): Promise<OptionDays> {
    const { settings, first, now, places } = await this.prepare(scope, query.visits, query);
    const later = query.visits.slice(1);
    const reach = later.reduce((sum, { afterDays, toleranceDays }) => sum + afterDays + toleranceDays, 0);
    const shelf = await this.reader.read(scope, places, first, query.days + reach);
    const books = settings.map((setting) => new SeriesBook(setting, first, shelf, query));
    const effort = new Effort(EFFORT);
    const days = range(first, query.days).map((date, day) => {
      const ofDay = effort.share(query.days - day);
      const options = books.flatMap((book, at) =>
        book.seriesOn(day, query.optionsPerDay, ofDay.share(books.length - at)),
      );
      return { date, options: shown(options, query.optionsPerDay) };
    });
    return { days, ...(await this.availability.freshness(scope, { places, now })) };
  }

  /** Each visit's place at each location that has one for all of them; visits that ask the same share their places. */
  private async prepare(scope: TenantScope, visits: readonly VisitQuery[], { locationIds, from }: WhereAndWhen) {
    const asked = new Map<string, Promise<Ground>>();
    const grounds = await Promise.all(
      visits.map(({ reasonId, providerId, patientType, dateOfBirth }) => {
        const query: SlotQuery = {
          reasonIds: [reasonId],
          providerIds: providerId ? [providerId] : undefined,
          ...{ locationIds, patientType, dateOfBirth },
        };
        const key = JSON.stringify(query);
        const ground = asked.get(key) ?? this.grounds.of(scope, query);
        asked.set(key, ground);
        return ground;
      }),
    );
    const [{ today, now, places: firstPlaces }] = grounds as [Ground, ...Ground[]];
    const settings = firstPlaces.flatMap(({ location: { _id: locationId } }): Setting[] => {
      const places = grounds.flatMap(
        (ground) => ground.places.find(({ location }) => location._id === locationId) ?? [],
      );
      return places.length === visits.length ? [{ locationId, places }] : [];
    });
    const places = [...new Set(settings.flatMap((setting) => setting.places))];
    return { settings, first: firstDay(from, today), now, places };
  }
}

function groupsAt(
  { locationId, places }: Setting,
  date: LocalDate,
  shelf: Shelf,
  wish: GroupWish,
  effort: Effort,
): GroupOption[] {
  const known = new Map<Place, Member>();
  const members = places.map((place) => {
    const member = known.get(place) ?? memberOn(place, date, shelf);
    known.set(place, member);
    return member;
  });
  return Array.from(groupsOfDay(members, wish, effort), (slots) => ({
    locationId,
    slots: slots.map((slot, visit) => slotOf(places[visit] as Place, slot)),
  }));
}

/** The series at one location; a day is worked out once, whichever visits fall on it. */
class SeriesBook {
  private readonly days = new Map<Place, Map<number, DaySlots>>();

  constructor(
    private readonly setting: Setting,
    private readonly first: LocalDate,
    private readonly shelf: Shelf,
    private readonly query: SeriesQuery,
  ) {}

  /** The best series of each start of a day that is tried. */
  seriesOn(day: number, options: number, effort: Effort): GroupOption[] {
    const { locationId, places } = this.setting;
    const [place, ...others] = places as [Place, ...Place[]];
    const terms = places.map((one) => termsOf(one, this.shelf));
    const steps = others.map((one, at) => {
      const { afterDays, toleranceDays } = this.query.visits[at + 1] as SeriesQuery['visits'][number];
      return { afterDays, toleranceDays, slotsOn: (on: number) => this.slotsOn(one, on) };
    });
    const { slots } = this.slotsOn(place, day);
    const starts = spread([...new Set(slots.map(({ start }) => start))], options * STARTS_FOR_EACH);
    return starts.flatMap((start, at): GroupOption[] => {
      const part = effort.share(starts.length - at);
      const best = slots
        .filter((slot) => slot.start === start)
        .flatMap((slot) => seriesFrom(slot, day, steps, terms, part) ?? [])
        .reduce<Series | undefined>(cheaper, undefined);
      return best ? [{ locationId, slots: best.slots.map((slot, visit) => slotOf(places[visit] as Place, slot)) }] : [];
    });
  }

  private slotsOn(place: Place, day: number): DaySlots {
    const days = this.days.get(place) ?? new Map<number, DaySlots>();
    this.days.set(place, days);
    const slots = days.get(day) ?? daySlotsOn(place, addDays(this.first, day), this.shelf);
    days.set(day, slots);
    return slots;
  }
}

/** The options of a day by start, evenly over the day when there are more than are shown. */
function shown(options: readonly GroupOption[], count: number): GroupOption[] {
  const start = ({ slots }: GroupOption): number => Math.min(...slots.map((slot) => slot.start));
  return spread(
    [...options].sort((a, b) => start(a) - start(b)),
    count,
  );
}
