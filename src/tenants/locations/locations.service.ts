import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, Guards, invalid, newId, Problem, type Clock, type TenantScope } from '../../kernel/index.js';
import { UnitOfWork, type Fresh, type Page, type Tx } from '../../persistence/index.js';
import { LocationRepository, type Location, type OpeningException, type OpeningSpan } from './location.schema.js';

/** Rooms above object while something of theirs needs a location as it is; asked in the transaction of the change. */
@Injectable()
export class LocationGuards extends Guards<[scope: TenantScope, locationId: string, tx: Tx]> {}

type BookingRules = Pick<Location, 'exceptions' | 'maxVisitsPerDay' | 'maxVisitsPerWeek'>;
/** The booking rules may be left out: no exceptions, no limits. */
export type NewLocation = Omit<Fresh<Location>, '_id' | keyof BookingRules> & Partial<BookingRules>;

/** Other processes see a change after this at the latest; the one that made it, at once. */
const KEPT_MS = 3_000;
const KEPT_PRACTICES = 10_000;

@Injectable()
export class Locations {
  private readonly kept = new Map<string, { until: number; locations: readonly Location[] }>();

  constructor(
    private readonly locations: LocationRepository,
    private readonly guards: LocationGuards,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async get(scope: TenantScope, id: string): Promise<Location> {
    return this.locations.forTenant(scope).getById(id, 'location');
  }

  /** All of a practice's locations in their order. */
  async list(scope: TenantScope, options: { activeOnly?: boolean } = {}, tx?: Tx): Promise<Location[]> {
    return this.locations
      .forTenant(scope, tx)
      .find(options.activeOnly ? { active: true } : {}, { sort: { order: 1, _id: 1 } });
  }

  /** The active ones in their order, as searches need them over and over. Other processes see a change within 3 s. */
  async active(scope: TenantScope): Promise<readonly Location[]> {
    const now = this.clock.now();
    const kept = this.kept.get(scope.tenantId);
    if (kept && kept.until > now) return kept.locations;
    const locations = await this.list(scope, { activeOnly: true });
    if (this.kept.size >= KEPT_PRACTICES) this.kept.clear();
    this.kept.set(scope.tenantId, { until: now + KEPT_MS, locations });
    return locations;
  }

  /** One location, as `active` keeps it where it can; `not_found` when there is none. */
  async known(scope: TenantScope, id: string): Promise<Location> {
    return (await this.active(scope)).find(({ _id }) => _id === id) ?? this.get(scope, id);
  }

  async page(scope: TenantScope, request: { limit: number; cursor?: string | undefined }): Promise<Page<Location>> {
    return this.locations.forTenant(scope).page(request);
  }

  async create(scope: TenantScope, tx: Tx, fresh: NewLocation): Promise<Location> {
    assertHours(fresh.hours);
    const { exceptions = [], maxVisitsPerDay = null, maxVisitsPerWeek = null } = fresh;
    assertExceptions(exceptions);
    const rules = { exceptions, maxVisitsPerDay, maxVisitsPerWeek };
    tx.afterCommit(() => this.kept.delete(scope.tenantId));
    return this.locations.forTenant(scope, tx).insert({ _id: newId('location', this.clock.now()), ...fresh, ...rules });
  }

  /** A zone stays while visits are booked by its clock. */
  async change(scope: TenantScope, id: string, fields: Partial<NewLocation>, ifVersion?: number): Promise<Location> {
    assertHours(fields.hours ?? []);
    assertExceptions(fields.exceptions ?? []);
    return this.forgetting(scope, async (tx) => {
      const locations = this.locations.forTenant(scope, tx);
      const before = await locations.getById(id, 'location');
      const breaks =
        (fields.zone !== undefined && fields.zone !== before.zone) || (fields.active === false && before.active);
      if (breaks && (await this.guards.object(scope, id, tx))) throw inUse();
      return locations.patch(id, fields, 'location', ifVersion);
    });
  }

  async remove(scope: TenantScope, id: string): Promise<void> {
    await this.forgetting(scope, async (tx) => {
      const locations = this.locations.forTenant(scope, tx);
      await locations.getById(id, 'location');
      if (await this.guards.object(scope, id, tx)) throw inUse();
      if ((await locations.count()) < 2)
        throw new Problem('in_use', 'A practice keeps at least one location. Create another one first.');
      await locations.remove(id);
    });
  }

  private forgetting<T>(scope: TenantScope, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.unitOfWork.run((tx) => {
      tx.afterCommit(() => this.kept.delete(scope.tenantId));
      return work(tx);
    });
  }
}

function inUse(): Problem {
  return new Problem(
    'in_use',
    'Operatories, providers, reasons or appointments to come need this location. Change, move or cancel them first.',
  );
}

function assertHours(hours: readonly OpeningSpan[]): void {
  const wrong = hours.findIndex(({ start, end }) => start >= end);
  if (wrong >= 0) throw invalid(`/hours/${wrong}/end`, 'order', 'Opening hours end after they start.');
}

function assertExceptions(exceptions: readonly OpeningException[]): void {
  exceptions.forEach(({ date, hours }, index) => {
    const wrong = hours.findIndex(({ start, end }) => start >= end);
    if (wrong >= 0)
      throw invalid(`/exceptions/${index}/hours/${wrong}/end`, 'order', 'Opening hours end after they start.');
    if (exceptions.findIndex((other) => other.date === date) < index)
      throw invalid(`/exceptions/${index}/date`, 'unique', `${date} must stand there once.`);
  });
}

/** The location as it would be with other hours; throws 400 where a PATCH with these members would. */
export function revisedLocation(
  location: Location,
  given: { hours?: OpeningSpan[] | undefined; exceptions?: OpeningException[] | undefined },
): Location {
  const { hours = location.hours, exceptions = location.exceptions } = given;
  assertHours(hours);
  assertExceptions(exceptions);
  return { ...location, hours, exceptions };
}
