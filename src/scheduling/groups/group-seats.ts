import { Injectable } from '@nestjs/common';
import { localDateOf, Problem, zoneId, type LocalDate, type TenantScope } from '../../kernel/index.js';
import { Locations } from '../../tenants/index.js';
import { Availability } from '../availability/availability.service.js';
import { countsVisits } from '../availability/counts.js';
import { Grounds } from '../availability/ground.js';
import { PageReader } from '../availability/page-reader.js';
import type { Place } from '../availability/place.js';
import { wide, type Slot } from '../availability/query.js';
import type { SlotRef } from '../availability/slot-id.js';
import type { Shelf } from '../availability/shelf.js';
import { slotView } from '../availability/slot-view.js';
import type { PageClaim } from '../book/visit.js';
import { Effort, seatAll, type Member } from '../combine/index.js';
import { Holds } from '../holds/holds.service.js';
import { memberOn, slotOf } from './members.js';

const MINUTE_MS = 60_000;
/** Seats that are tried for the visits of one group. */
const EFFORT = 20_000;
const ALTERNATIVES = 3;
/** Slots that are looked at to find alternatives which leave the other visits of the group their times. */
const LOOKED_AT = 24;

/** Where a wanted slot is; no place: its reason is not offered there. */
interface Setting {
  place: Place | undefined;
  date: LocalDate;
}

/** Answers whether wanted slots can be had together now. */
@Injectable()
export class GroupSeats {
  constructor(
    private readonly grounds: Grounds,
    private readonly reader: PageReader,
    private readonly locations: Locations,
    private readonly availability: Availability,
    private readonly holds: Holds,
  ) {}

  /**
   * The slots as they can be taken, each with its provider and start, in operatories that do not stand in each other's
   * way; the wanted ones if they are free. `stuck`: the place of the first that cannot be had beside those before it.
   */
  async find(scope: TenantScope, wanted: readonly SlotRef[]): Promise<{ slots: Slot[] } | { stuck: number }> {
    const settings = await Promise.all(wanted.map((ref) => this.settingOf(scope, ref)));
    const closed = settings.findIndex(({ place }) => !place);
    if (closed >= 0) return { stuck: closed };
    const open = settings as (Setting & { place: Place })[];
    const shelves = await this.shelves(scope, open);
    const members = open.map((setting, at) => memberAt(setting, shelves, wanted[at] as SlotRef));
    const seats = seatAll(members, new Effort(EFFORT));
    if ('stuck' in seats) return seats;
    return {
      slots: seats.slots.map((slot, at) => {
        const { place } = open[at] as (typeof open)[number];
        return { ...slotOf(place, slot), limited: countsVisits(place) };
      }),
    };
  }

  /** The refusal of one slot of several, with what could be had in its place beside the others. */
  async taken(scope: TenantScope, wanted: readonly SlotRef[], stuck: number): Promise<Problem> {
    const ref = wanted[stuck] as SlotRef;
    const others = wanted.filter((_, at) => at !== stuck);
    const near = await this.availability.alternatives(scope, ref, LOOKED_AT);
    const [taken, offered] = await Promise.all([this.peopleAt(scope, others), this.peopleAt(scope, near)]);
    const free = near
      .filter((_, at) => !taken.some((one) => meet(one, offered[at] as PageClaim[])))
      .slice(0, ALTERNATIVES);
    const what = free.length > 0 ? 'These are free instead: see alternatives.' : 'Search again.';
    const detail = `The time of visit ${stuck + 1} is not free any more, so none was taken. ${what}`;
    return new Problem('slot_taken', detail, {
      errors: [{ pointer: `/slotIds/${stuck}`, code: 'slot_taken', detail }],
      extensions: { alternatives: free.map(slotView) },
    });
  }

  private async settingOf(scope: TenantScope, { reasonId, providerId, locationId, start }: SlotRef): Promise<Setting> {
    const location = await this.locations.known(scope, locationId);
    const { places } = await this.grounds.of(scope, wide({ reasonId, providerId, locationId }));
    return { place: places[0], date: localDateOf(zoneId(location.zone), start) };
  }

  /** The pages of each date, read at once for all places. */
  private async shelves(scope: TenantScope, settings: readonly (Setting & { place: Place })[]) {
    const dates = [...new Set(settings.map(({ date }) => date))];
    const shelves = dates.map(async (date): Promise<[LocalDate, Shelf]> => {
      const places = settings.filter((one) => one.date === date).map(({ place }) => place);
      return [date, await this.reader.read(scope, places, date, 1)];
    });
    return new Map(await Promise.all(shelves));
  }

  /** What visits take of people; another operatory is found where one is in the way. */
  private async peopleAt(scope: TenantScope, refs: readonly SlotRef[]): Promise<PageClaim[][]> {
    const visits = await this.holds.visits(scope, refs);
    return visits.map(({ claims }, at) =>
      claims.map((claim) => ({
        ...claim,
        entries: claim.entries.filter(({ resource, guarded }) => guarded && resource !== refs[at]?.operatoryId),
      })),
    );
  }
}

/** What is open at the wanted start, the wanted operatory first. */
function memberAt(
  { place, date }: Setting & { place: Place },
  shelves: ReadonlyMap<LocalDate, Shelf>,
  { start, operatoryId }: SlotRef,
): Member {
  const member = memberOn(place, date, shelves.get(date) as Shelf);
  const openings = member.openings
    .filter((opening) => opening.start === start / MINUTE_MS)
    .map((opening) => ({ ...opening, operatoryIds: preferring(operatoryId, opening.operatoryIds) }));
  return { ...member, openings };
}

function preferring(wanted: string, ids: readonly string[]): string[] {
  return ids.includes(wanted) ? [wanted, ...ids.filter((id) => id !== wanted)] : [...ids];
}

function meet(some: readonly PageClaim[], others: readonly PageClaim[]): boolean {
  return some.some(({ pageId, entries }) =>
    others.some(
      (other) =>
        other.pageId === pageId &&
        entries.some((a) => other.entries.some((b) => a.resource === b.resource && a.start < b.end && b.start < a.end)),
    ),
  );
}
