import { Injectable } from '@nestjs/common';
import { Catalog, type CatalogSnapshot } from '../../catalog/index.js';
import { daysBetween, Problem, zoneId, type FieldError, type TenantScope } from '../../kernel/index.js';
import { Locations, type Location } from '../../tenants/index.js';
import { roams } from '../availability/place.js';
import { claimsOfSpans, type PageClaim } from '../book/visit.js';
import type { Block } from './block.schema.js';
import { timesOfBlock } from './block-times.js';

/** Of a year, and its leap day. */
const LONGEST_DAYS = 366;

/** What a block is made of; the rest of it follows. */
export type BlockFacts = Pick<
  Block,
  | 'locationId'
  | 'providerIds'
  | 'operatoryIds'
  | 'type'
  | 'note'
  | 'reasonIds'
  | 'startDate'
  | 'endDate'
  | 'startTime'
  | 'endTime'
  | 'weekdays'
>;

/** A block with what it takes in the book. */
export interface BlockPlan {
  facts: BlockFacts;
  zone: string;
  claims: PageClaim[];
  /** Epoch ms. */
  start: number;
  end: number;
}

/** Checks a block against the catalogue and works out its place in the book. */
@Injectable()
export class BlockPlans {
  constructor(
    private readonly catalog: Catalog,
    private readonly locations: Locations,
  ) {}

  /** 400 with a pointer to each fault; `not_found` for a location that is none. */
  async of(scope: TenantScope, facts: BlockFacts): Promise<BlockPlan> {
    const [snapshot, location] = await Promise.all([
      this.catalog.snapshot(scope),
      this.locations.get(scope, facts.locationId),
    ]);
    const errors = [...faultsOfTime(facts), ...faultsOfPlace(facts, location, snapshot)];
    if (errors[0]) throw new Problem('invalid_request', `${errors[0].pointer}: ${errors[0].detail}`, { errors });
    const plan = this.placed(scope, facts, location, snapshot);
    if (plan) return plan;
    const empty = { pointer: '/startDate', code: 'empty', detail: 'no minute lies in it: see days and times' };
    throw new Problem('invalid_request', 'The block sets no time apart.', { errors: [empty] });
  }

  /**
   * As `of`, of a block that stands: what has left the catalogue since does not matter. Null without its location, and
   * when its time does not exist any more.
   */
  async again(scope: TenantScope, facts: BlockFacts): Promise<BlockPlan | null> {
    const [snapshot, locations] = await Promise.all([this.catalog.snapshot(scope), this.locations.list(scope)]);
    const location = locations.find(({ _id }) => _id === facts.locationId);
    return location ? this.placed(scope, facts, location, snapshot) : null;
  }

  private placed(
    scope: TenantScope,
    facts: BlockFacts,
    location: Location,
    snapshot: CatalogSnapshot,
  ): BlockPlan | null {
    const zone = zoneId(location.zone);
    const times = timesOfBlock(zone, facts);
    const resources = [...facts.providerIds, ...facts.operatoryIds];
    if (resources.length === 0) resources.push(location._id);
    const spans = resources.flatMap((resource) => times.map((time) => ({ resource, ...time, guarded: false })));
    const isRoaming = (resource: string) => {
      const provider = snapshot.providerById.get(resource);
      return provider !== undefined && roams(provider);
    };
    const claims = claimsOfSpans(scope.tenantId, { locationId: location._id, zone }, spans, isRoaming);
    const [first] = times;
    const last = times.at(-1);
    return first && last ? { facts, zone, claims, start: first.from, end: last.to } : null;
  }
}

function faultsOfTime({ startDate, endDate, startTime, endTime, weekdays }: BlockFacts): FieldError[] {
  const days = daysBetween(startDate, endDate);
  const faults: FieldError[] = [];
  if (days < 0) faults.push({ pointer: '/endDate', code: 'order', detail: 'must not be before startDate' });
  if (days > LONGEST_DAYS)
    faults.push({
      pointer: '/endDate',
      code: 'too_long',
      detail: `must be at most ${LONGEST_DAYS} days after startDate`,
    });
  if ((startTime === null) !== (endTime === null))
    faults.push({ pointer: '/endTime', code: 'both', detail: 'must be given exactly when startTime is' });
  else if (startTime !== null && endTime !== null && (weekdays !== null || days === 0) && startTime >= endTime)
    faults.push({ pointer: '/endTime', code: 'order', detail: 'must be later than startTime' });
  return faults;
}

function faultsOfPlace(
  { locationId, providerIds, operatoryIds, reasonIds }: BlockFacts,
  location: Location,
  { providerById, operatoryById, reasonById }: CatalogSnapshot,
): FieldError[] {
  const faults = (field: string, ids: readonly string[], fits: (id: string) => boolean, detail: string) =>
    ids.flatMap((id, n) => (fits(id) ? [] : [{ pointer: `/${field}/${n}`, code: 'not_found', detail }]));
  const worksHere = (id: string) => providerById.get(id)?.locationIds.includes(locationId) ?? false;
  const standsHere = (id: string) => operatoryById.get(id)?.locationId === locationId;
  return [
    ...faults('providerIds', providerIds, worksHere, `No provider with this id works at ${location.name}.`),
    ...faults('operatoryIds', operatoryIds, standsHere, `${location.name} has no operatory with this id.`),
    ...faults('reasonIds', reasonIds, (id) => reasonById.has(id), 'No reason with this id exists here.'),
  ];
}
