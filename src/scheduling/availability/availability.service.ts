import { Inject, Injectable } from '@nestjs/common';
import { Catalog, eligibleReasons, type CatalogSnapshot, type Reason } from '../../catalog/index.js';
import {
  addDays,
  CLOCK,
  dayStart,
  localDateOf,
  notFound,
  Problem,
  timeInAnswer,
  zoneId,
  type Clock,
  type LocalDate,
  type TenantScope,
} from '../../kernel/index.js';
import type { Filter } from '../../persistence/index.js';
import { Locations, Settings, type Location, type PracticeSettings } from '../../tenants/index.js';
import { PmsFreshness } from '../appointments/pms-gate.js';
import { pageId, Pages } from '../book/page.repository.js';
import type { Page } from '../book/page.schema.js';
import { slotsOfDay, type Interval } from '../engine/index.js';
import { dayInput, ruleOf, type Place } from './day.js';
import { slotId, type SlotRef } from './slot-id.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** How far "next available" looks. */
const FURTHEST_DAYS = 180;
const UTC = zoneId('UTC');

export interface SlotQuery {
  reasonId: string;
  providerId?: string | undefined;
  locationId?: string | undefined;
  operatoryId?: string | undefined;
  /** First local day; default: today at each location. */
  from?: LocalDate | undefined;
  /** 1 to 31. */
  days: number;
  patientType?: 'new' | 'returning' | undefined;
  dateOfBirth?: LocalDate | undefined;
  /** The appointment that is being moved: its own time counts as free. */
  ignoreRef?: string | undefined;
  /** Staff is not bound by notice and horizon. */
  ignoreNotice?: boolean;
}

export interface Slot extends SlotRef {
  id: string;
  end: number;
  zone: string;
  date: LocalDate;
}

export interface SlotDays {
  days: { date: LocalDate; slots: Slot[] }[];
  nextAvailable: Slot | null;
  /** Epoch ms up to which practice systems are known here; now, when there is none. */
  asOf: number;
}

/** Answers what can be booked: one read of the catalogue's version, one of the pages, and the engine. */
@Injectable()
export class Availability {
  constructor(
    private readonly catalog: Catalog,
    private readonly locations: Locations,
    private readonly settings: Settings,
    private readonly pages: Pages,
    private readonly freshness: PmsFreshness,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async search(scope: TenantScope, query: SlotQuery): Promise<SlotDays> {
    const ground = await this.ground(scope, query);
    const first = query.from ?? ground.today;
    const pages = await this.read(scope, ground, first, query.days);
    const days = range(first, query.days).map((date) => ({ date, slots: this.slotsOn(ground, date, pages) }));
    const found = days.find(({ slots }) => slots.length > 0)?.slots[0] ?? null;
    const known = await this.freshness.ask(
      scope,
      ground.places.map(({ locationId }) => locationId),
    );
    return {
      days,
      nextAvailable: found ?? (await this.firstAfter(scope, ground, addDays(first, query.days))),
      asOf: known ?? this.clock.now(),
    };
  }

  /** The slot, if it is offered now; null when its time is taken or not open. Unknown ids are `not_found`. */
  async offered(
    scope: TenantScope,
    ref: SlotRef,
    options: Pick<SlotQuery, 'ignoreRef' | 'ignoreNotice' | 'patientType' | 'dateOfBirth'> = {},
  ): Promise<Slot | null> {
    const location = await this.locations.get(scope, ref.locationId);
    const date = localDateOf(zoneId(location.zone), ref.start);
    const query = {
      ...options,
      reasonId: ref.reasonId,
      providerId: ref.providerId,
      operatoryId: ref.operatoryId,
      locationId: ref.locationId,
    };
    const ground = await this.ground(scope, { ...query, from: date, days: 1 });
    const pages = await this.read(scope, ground, date, 1);
    return this.slotsOn(ground, date, pages).find((slot) => slot.start === ref.start) ?? null;
  }

  /** Up to `count` other slots, nearest to the wanted start, the same provider's first among equals. */
  async alternatives(scope: TenantScope, wanted: SlotRef, count = 3): Promise<Slot[]> {
    const location = await this.locations.get(scope, wanted.locationId);
    const date = localDateOf(zoneId(location.zone), wanted.start);
    for (const days of [2, 31]) {
      const { days: found } = await this.search(scope, {
        reasonId: wanted.reasonId,
        locationId: wanted.locationId,
        from: date,
        days,
      });
      const others = found
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

  /** The reason with the catalogue that it stands in; `not_found` when there is none. */
  async reasonOf(scope: TenantScope, reasonId: string): Promise<{ reason: Reason; snapshot: CatalogSnapshot }> {
    const snapshot = await this.catalog.snapshot(scope);
    const reason = snapshot.reasonById.get(reasonId);
    if (!reason) throw notFound('reason');
    return { reason, snapshot };
  }

  private async ground(scope: TenantScope, query: SlotQuery): Promise<Ground> {
    const [{ reason, snapshot }, settings, locations] = await Promise.all([
      this.reasonOf(scope, query.reasonId),
      this.settings.effective(scope),
      this.locations.list(scope, { activeOnly: true }),
    ]);
    if (query.providerId && !snapshot.providerById.has(query.providerId)) throw notFound('provider');
    if (query.locationId && !locations.some((one) => one._id === query.locationId)) throw notFound('location');
    const now = this.clock.now();
    const here = locations.filter(
      ({ _id }) =>
        (!query.locationId || _id === query.locationId) &&
        (reason.locationIds.length === 0 || reason.locationIds.includes(_id)),
    );
    const today = here.map(({ zone }) => localDateOf(zoneId(zone), now)).sort()[0] ?? localDateOf(UTC, now);
    const open = reason.active && isEligible(reason, query, today);
    return {
      scope,
      reason,
      query,
      now,
      today,
      places: open ? here.map((location) => placeOf(location, reason, snapshot, settings, query, now)) : [],
    };
  }

  private async read(scope: TenantScope, ground: Ground, from: LocalDate, days: number): Promise<Map<string, Page>> {
    const dates = range(from, days);
    // A UTC day may begin a local day earlier or end one later.
    const utcDates = range(addDays(from, -1), days + 2);
    const ids = new Set<string>();
    for (const place of ground.places) {
      for (const date of dates) ids.add(pageId(scope.tenantId, place.locationId, date));
      for (const provider of place.providers) {
        if (provider.locationIds.length > 1)
          for (const date of utcDates) ids.add(pageId(scope.tenantId, provider._id, date));
      }
    }
    if (ids.size === 0) return new Map();
    const pages = await this.pages.forTenant(scope).find({ _id: { $in: [...ids] } } as Filter<Page>);
    return new Map(pages.map((page) => [page._id, page]));
  }

  private slotsOn(ground: Ground, date: LocalDate, pages: ReadonlyMap<string, Page>): Slot[] {
    const slots: Slot[] = [];
    for (const place of ground.places) {
      const page = pages.get(pageId(ground.scope.tenantId, place.locationId, date));
      const input = dayInput(place, date, page, elsewhere(ground.scope.tenantId, place, date, pages));
      const begin = dayStart(place.zone, date);
      const seen = new Set<string>();
      for (const { providerId, operatoryId, start, end } of slotsOfDay(input)) {
        if (seen.has(`${providerId}${start}`)) continue;
        seen.add(`${providerId}${start}`);
        const ref = {
          reasonId: ground.reason._id,
          providerId,
          operatoryId,
          locationId: place.locationId,
          start: begin + start * MINUTE_MS,
        };
        slots.push({ ...ref, id: slotId(ref), end: begin + end * MINUTE_MS, zone: place.zone, date });
      }
    }
    return ground.places.length > 1 ? slots.sort((a, b) => a.start - b.start) : slots;
  }

  /** One more read for all days up to the horizon, and the engine only until the first slot. */
  private async firstAfter(scope: TenantScope, ground: Ground, from: LocalDate): Promise<Slot | null> {
    const pages = await this.read(scope, ground, from, FURTHEST_DAYS);
    for (const date of range(from, FURTHEST_DAYS)) {
      const slot = this.slotsOn(ground, date, pages)[0];
      if (slot) return slot;
    }
    return null;
  }
}

interface Ground {
  scope: TenantScope;
  reason: Reason;
  query: SlotQuery;
  now: number;
  today: LocalDate;
  places: Place[];
}

function placeOf(
  location: Location,
  reason: Reason,
  snapshot: CatalogSnapshot,
  settings: PracticeSettings,
  query: SlotQuery,
  now: number,
): Place {
  const { scheduling } = settings;
  const notice = (reason.minNoticeMinutes ?? scheduling.minNoticeMinutes) * MINUTE_MS;
  const horizon = (reason.maxDaysAhead ?? scheduling.maxDaysAhead) * DAY_MS;
  const rule = ruleOf(reason, scheduling.stepMinutes);
  return {
    locationId: location._id,
    zone: zoneId(location.zone),
    opening: location.hours,
    providers: snapshot.providers.filter(
      (one) =>
        one.active &&
        reason.providerIds.includes(one._id) &&
        one.locationIds.includes(location._id) &&
        (!query.providerId || one._id === query.providerId),
    ),
    operatories: snapshot.operatories.filter((one) => one.active && one.locationId === location._id),
    rule: query.operatoryId
      ? { ...rule, operatoryIds: reason.operatoryIds.filter((id) => id === query.operatoryId) }
      : rule,
    now,
    notBefore: query.ignoreNotice ? -Infinity : now + notice,
    notAfter: query.ignoreNotice ? Infinity : now + horizon,
    ...(query.ignoreRef ? { ignoreRef: query.ignoreRef } : {}),
  };
}

function isEligible(reason: Reason, query: SlotQuery, on: LocalDate): boolean {
  if (!query.patientType) return true;
  return (
    eligibleReasons([reason], {
      patientType: query.patientType,
      ...(query.dateOfBirth ? { dateOfBirth: query.dateOfBirth } : {}),
      on,
    }).length > 0
  );
}

/** What roaming providers have taken, from their own pages, in epoch ms. */
function elsewhere(
  tenantId: string,
  place: Place,
  date: LocalDate,
  pages: ReadonlyMap<string, Page>,
): Map<string, Interval[]> {
  const taken = new Map<string, Interval[]>();
  for (const provider of place.providers) {
    if (provider.locationIds.length < 2) continue;
    const spans: Interval[] = [];
    for (const utcDate of [addDays(date, -1), date, addDays(date, 1)]) {
      const begin = dayStart(UTC, utcDate);
      for (const entry of pages.get(pageId(tenantId, provider._id, utcDate))?.entries ?? []) {
        if (entry.ref === place.ignoreRef || (entry.expiresAt !== undefined && entry.expiresAt <= place.now)) continue;
        spans.push({ start: begin + entry.start * MINUTE_MS, end: begin + entry.end * MINUTE_MS });
      }
    }
    taken.set(provider._id, spans);
  }
  return taken;
}

function range(from: LocalDate, days: number): LocalDate[] {
  return Array.from({ length: days }, (_, ahead) => addDays(from, ahead));
}

/** A slot as answers carry it. */
export function slotView(slot: Slot) {
  return {
    id: slot.id,
    ...timeInAnswer(zoneId(slot.zone), slot.start),
    durationMinutes: (slot.end - slot.start) / MINUTE_MS,
    providerId: slot.providerId,
    locationId: slot.locationId,
  };
}
