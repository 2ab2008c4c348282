import { Injectable } from '@nestjs/common';
import { localDateOf, Problem, zoneId, type TenantScope } from '../../kernel/index.js';
import { Locations } from '../../tenants/index.js';
import { Availability } from '../availability/availability.service.js';
import { quotasOf } from '../availability/counts.js';
import { Grounds } from '../availability/ground.js';
import { PageReader } from '../availability/page-reader.js';
import type { Place } from '../availability/place.js';
import { wide, type Slot } from '../availability/query.js';
import type { SlotRef } from '../availability/slot-id.js';
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
    const found = await Promise.all(wanted.map((ref) => this.wanted(scope, ref)));
    const missing = found.findIndex((one) => one === null);
    if (missing >= 0) return { stuck: missing };
    const known = found as { place: Place; member: Member; limited: boolean }[];
    const seats = seatAll(
      known.map(({ member }) => member),
      new Effort(EFFORT),
    );
    if ('stuck' in seats) return seats;
    return {
      slots: seats.slots.map((slot, at) => {
        const { place, limited } = known[at] as (typeof known)[number];
        return { ...slotOf(place, slot), limited };
      }),
    };
  }

  /** The refusal of one slot of several, with what could be had in its place beside the others. */
  async taken(scope: TenantScope, wanted: readonly SlotRef[], stuck: number): Promise<Problem> {
    const ref = wanted[stuck] as SlotRef;
    const others = wanted.filter((_, at) => at !== stuck);
    const [near, taken] = await Promise.all([
      this.availability.alternatives(scope, ref, LOOKED_AT),
      Promise.all(others.map((one) => this.peopleAt(scope, one))),
    ]);
    const free: Slot[] = [];
    for (const slot of near) {
      if (free.length === ALTERNATIVES) break;
      const mine = await this.peopleAt(scope, slot);
      if (!taken.some((one) => meet(one, mine))) free.push(slot);
    }
    const what = free.length > 0 ? 'These are free instead: see alternatives.' : 'Search again.';
    const detail = `The time of visit ${stuck + 1} is not free any more, so none was taken. ${what}`;
    return new Problem('slot_taken', detail, {
      errors: [{ pointer: `/slotIds/${stuck}`, code: 'slot_taken', detail }],
      extensions: { alternatives: free.map(slotView) },
    });
  }

  /** What is open at the wanted start; null when the reason is not offered there. */
  private async wanted(scope: TenantScope, ref: SlotRef) {
    const { reasonId, providerId, locationId, start } = ref;
    const location = await this.locations.known(scope, locationId);
    const date = localDateOf(zoneId(location.zone), start);
    const { places } = await this.grounds.of(scope, wide({ reasonId, providerId, locationId }));
    const [place] = places;
    if (!place) return null;
    const shelf = await this.reader.read(scope, places, date, 1);
    const member = memberOn(place, date, shelf);
    const openings = member.openings
      .filter((opening) => opening.start === start / MINUTE_MS)
      .map((opening) => ({ ...opening, operatoryIds: preferring(ref.operatoryId, opening.operatoryIds) }));
    return { place, member: { ...member, openings }, limited: quotasOf(place, date, shelf).length > 0 };
  }

  /** What a visit takes of people; another operatory is found where one is in the way. */
  private async peopleAt(scope: TenantScope, ref: SlotRef): Promise<PageClaim[]> {
    const { claims } = await this.holds.visit(scope, ref);
    return claims.map((claim) => ({
      ...claim,
      entries: claim.entries.filter(({ resource, guarded }) => guarded && resource !== ref.operatoryId),
    }));
  }
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
