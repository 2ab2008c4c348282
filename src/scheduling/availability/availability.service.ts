import { Injectable } from '@nestjs/common';
import { JsonPart } from '../../http/index.js';
import { addDays, localDateOf, Problem, zoneId, type LocalDate, type TenantScope } from '../../kernel/index.js';
import { Locations } from '../../tenants/index.js';
import { PmsFreshness } from '../appointments/pms-gate.js';
import { liveHolds } from '../book/live-holds.js';
import type { HoldRecord, Page } from '../book/page.schema.js';
import { firstDay, range } from './calendar-days.js';
import { countsVisits, quotasOf } from './counts.js';
import { DayTexts } from './day-texts.js';
import { Grounds, type Ground } from './ground.js';
import { PageReader } from './page-reader.js';
import { FURTHEST_DAYS, wide, type DaysQuery, type SimpleQuery, type Slot, type SlotDays } from './query.js';
import type { Shelf } from './shelf.js';
import type { SlotRef } from './slot-id.js';
import { freshnessView, slotView } from './slot-view.js';
import { slotVisit, type SlotVisit } from './slot-visit.js';
import { slotsOn, slotStartingAt, startsOn } from './slots-on.js';

/** A slot that is offered, with the visit that it stands for in the same catalogue. */
export interface Offer extends Slot {
  visit: SlotVisit;
}

/** For whom and by whom a slot is wanted. */
type AboutVisit = Pick<SimpleQuery, 'ignoreRef' | 'byStaff' | 'patientType' | 'dateOfBirth'>;

/** All that one slot's day depends on. */
interface SlotDay {
  ground: Ground;
  date: LocalDate;
  shelf: Shelf;
  pages: Page[];
}

/**
 * Settings and locations are those of up to a second ago, and so is the catalogue. What this process has changed itself it
 * sees at once; another one's change a search may miss as long as if it had come a second before.
 */
const LATELY = { catalogAge: 1_000 };

/** How many starts a day has. */
export interface DayCount {
  date: LocalDate;
  /** Times at which at least one visit can start. */
  starts: number;
}

/** Answers what can be booked: one read of the catalogue's version, one of the pages, and the engine. */
@Injectable()
export class Availability {
  constructor(
    private readonly grounds: Grounds,
    private readonly reader: PageReader,
    private readonly locations: Locations,
    private readonly pms: PmsFreshness,
    private readonly texts: DayTexts,
  ) {}

  /** The slots of one reason; see `searchMany`. */
  search(scope: TenantScope, query: SimpleQuery): Promise<SlotDays> {
    return this.searchMany(scope, wide(query));
  }

  /** The slots of some days, and the first one from there on within 180 days. Unknown ids are `not_found`. */
  async searchMany(scope: TenantScope, query: DaysQuery): Promise<SlotDays> {
    const ground = await this.grounds.of(scope, query, LATELY);
    const first = firstDay(query.from, ground.today);
    const shelf = await this.reader.read(scope, ground.places, first, query.days);
    const days = range(first, query.days).map((date) => ({ date, slots: slotsOn(ground, date, shelf) }));
    const found = days.find(({ slots }) => slots.length > 0)?.slots[0] ?? null;
    const after = addDays(first, query.days);
    return {
      days,
      nextAvailable: found ?? (await this.firstIn(scope, ground, after, FURTHEST_DAYS - query.days)),
      ...(await this.freshness(scope, ground)),
    };
  }

  /** The slots of some days, and nothing further. */
  async slotsOf(scope: TenantScope, query: DaysQuery): Promise<Slot[]> {
    const ground = await this.grounds.of(scope, query, LATELY);
    const first = firstDay(query.from, ground.today);
    const shelf = await this.reader.read(scope, ground.places, first, query.days);
    return range(first, query.days).flatMap((date) => slotsOn(ground, date, shelf));
  }

  /** `searchMany` in the form of its answer: the parts of a `SlotDaysView`. */
  async answer(scope: TenantScope, { from, days, ...query }: DaysQuery): Promise<JsonPart[]> {
    const ground = await this.grounds.of(scope, query, LATELY);
    const begin = firstDay(from, ground.today);
    const shelf = await this.reader.read(scope, ground.places, begin, days);
    const list = this.texts.list(ground, range(begin, days), shelf);
    const next = list.first ?? (await this.firstIn(scope, ground, addDays(begin, days), FURTHEST_DAYS - days));
    const rest = { nextAvailable: next && slotView(next), ...freshnessView(await this.freshness(scope, ground)) };
    return [list.json, new JsonPart(`],${JSON.stringify(rest).slice(1)}`)];
  }

  /** The first slot within 180 days: one query, and days are looked at only until it is found. */
  async next(
    scope: TenantScope,
    query: Omit<DaysQuery, 'days'>,
  ): Promise<Pick<SlotDays, 'nextAvailable' | 'asOf' | 'sources'>> {
    const ground = await this.grounds.of(scope, query, LATELY);
    const slot = await this.firstIn(scope, ground, firstDay(query.from, ground.today), FURTHEST_DAYS);
    return { nextAvailable: slot, ...(await this.freshness(scope, ground)) };
  }

  /** How much is free on each day, without making the slots. */
  async counts(
    scope: TenantScope,
    query: DaysQuery,
  ): Promise<{ days: DayCount[] } & Pick<SlotDays, 'asOf' | 'sources'>> {
    const ground = await this.grounds.of(scope, query, LATELY);
    const first = firstDay(query.from, ground.today);
    const shelf = await this.reader.read(scope, ground.places, first, query.days);
    const days = range(first, query.days).map((date) => ({ date, starts: startsOn(ground, date, shelf) }));
    return { days, ...(await this.freshness(scope, ground)) };
  }

  /**
   * The slot, if it is offered now; null when its time is taken or not open. The operatory may be another one: the patient
   * chose the provider and the time. Unknown ids are `not_found`.
   */
  async offered(scope: TenantScope, ref: SlotRef, options: AboutVisit = {}): Promise<Offer | null> {
    return offerOn(scope, await this.around(scope, ref, options), ref);
  }

  /** As `offered`; in the same question, what `ownerId` holds now. */
  async offeredTo(
    scope: TenantScope,
    ownerId: string,
    ref: SlotRef,
    options: AboutVisit = {},
  ): Promise<{ offer: Offer | null; held: HoldRecord[] }> {
    const found = await this.around(scope, ref, options, ownerId);
    return { offer: offerOn(scope, found, ref), held: liveHolds(found.pages, ownerId, found.ground.now) };
  }

  /**
   * Whether a hold that has just been placed is one visit too many for a limit: two of them at the same moment may both
   * have seen the last free place. A limit is never exceeded; at worst both are sent back to search again.
   */
  async exceedsLimits(scope: TenantScope, ref: SlotRef): Promise<boolean> {
    const { ground, date, shelf } = await this.around(scope, ref, {});
    return ground.places.some((place) => quotasOf(place, date, shelf).some(({ max, taken }) => taken > max));
  }

  /** Up to `count` other slots, nearest to the wanted start, the same provider's first among equals. */
  async alternatives(scope: TenantScope, wanted: SlotRef, count = 3): Promise<Slot[]> {
    const location = await this.locations.known(scope, wanted.locationId);
    const from = localDateOf(zoneId(location.zone), wanted.start);
    const { reasonId, locationId } = wanted;
    for (const days of [2, 31]) {
      const found = await this.search(scope, { reasonId, locationId, from, days, anyProvider: false });
      const others = found.days
        .flatMap(({ slots }) => slots)
        .filter((slot) => slot.start !== wanted.start || slot.providerId !== wanted.providerId);
      const distance = (slot: Slot) =>
        Math.abs(slot.start - wanted.start) + (slot.providerId === wanted.providerId ? 0 : 1);
      if (others.length >= count || days === 31)
        return others.sort((a, b) => distance(a) - distance(b)).slice(0, count);
    }
    return [];
  }

  /** The refusal of a time that somebody else has, with what is free instead. */
  async slotTaken(scope: TenantScope, wanted: SlotRef): Promise<Problem> {
    const alternatives = (await this.alternatives(scope, wanted)).map(slotView);
    const what = alternatives.length > 0 ? 'These are free: see alternatives.' : 'Search again.';
    return new Problem('slot_taken', `This time is not free any more. ${what}`, { extensions: { alternatives } });
  }

  /** How far the practice systems of the locations that were searched are known here. */
  async freshness(
    scope: TenantScope,
    { places, now }: Pick<Ground, 'places' | 'now'>,
  ): Promise<Pick<SlotDays, 'asOf' | 'sources'>> {
    const known = await this.pms.ask(scope);
    const locationIds = [...new Set(places.map(({ location }) => location._id))].sort();
    const sources = locationIds.map((locationId) => ({ locationId, asOf: known.get(locationId) ?? null }));
    const told = sources.flatMap(({ asOf }) => (asOf === null ? [] : [asOf]));
    return { asOf: told.length > 0 ? Math.min(...told) : now, sources };
  }

  /** The ground and the pages of one slot's day, for its provider alone. */
  private async around(
    scope: TenantScope,
    ref: SlotRef,
    options: Partial<SimpleQuery>,
    ownerId?: string,
  ): Promise<SlotDay> {
    const { reasonId, providerId, locationId } = ref;
    const location = await this.locations.known(scope, locationId);
    const date = localDateOf(zoneId(location.zone), ref.start);
    const query = wide({ ...options, reasonId, providerId, locationId });
    const ground = await this.grounds.of(scope, { ...query, anyProvider: false }, LATELY);
    return { ground, date, ...(await this.reader.readStart(scope, ground.places, date, ref.start, ownerId)) };
  }

  private async firstIn(scope: TenantScope, ground: Ground, from: LocalDate, days: number): Promise<Slot | null> {
    const shelf = await this.reader.read(scope, ground.places, from, days);
    for (const date of range(from, days)) {
      const slot = this.texts.of(ground, date, shelf).first;
      if (slot) return slot;
    }
    return null;
  }
}

function offerOn({ tenantId }: TenantScope, { ground, date, shelf }: SlotDay, { start }: SlotRef): Offer | null {
  const slot = slotStartingAt(ground, date, shelf, start);
  if (!slot) return null;
  return {
    ...slot,
    limited: ground.places.some(countsVisits),
    visit: slotVisit(tenantId, slot.zone, ground.snapshot, slot),
  };
}
