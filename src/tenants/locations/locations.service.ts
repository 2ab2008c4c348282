import { Inject, Injectable } from '@nestjs/common';
import { Outbox } from '../../events/index.js';
import { CLOCK, Guards, invalid, newId, Problem, TtlCache, type Clock, type TenantScope } from '../../kernel/index.js';
import { Locks, UnitOfWork, type Fresh, type Page, type Tx } from '../../persistence/index.js';
import { LocationRepository, type Location, type OpeningException, type OpeningSpan } from './location.schema.js';

/** Rooms above object while something of theirs needs a location as it is; asked in the transaction of the change. */
@Injectable()
export class LocationGuards extends Guards<[scope: TenantScope, locationId: string, tx: Tx]> {}

type BookingRules = Pick<Location, 'exceptions' | 'maxVisitsPerDay' | 'maxVisitsPerWeek'>;
/** The booking rules may be left out: no exceptions, no limits. */
export type NewLocation = Omit<Fresh<Location>, '_id' | keyof BookingRules> & Partial<BookingRules>;

/** Other processes see a change after this at the latest; the one that made it, at once. */
const KEPT_MS = 3_000;

@Injectable()
export class Locations {
  private readonly kept: TtlCache<Record<'all' | 'active', readonly Location[]>>;

  constructor(
    private readonly locations: LocationRepository,
    private readonly guards: LocationGuards,
    private readonly locks: Locks,
    private readonly outbox: Outbox,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.kept = new TtlCache(clock, { ttlMs: KEPT_MS });
  }

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
    return (await this.lately(scope)).active;
  }

  /** All of them in their order, as old as those of `active` may be. */
  async allLately(scope: TenantScope): Promise<readonly Location[]> {
    return (await this.lately(scope)).all;
  }

  /** One location, as `active` keeps it where it can; `not_found` when there is none. */
  async known(scope: TenantScope, id: string): Promise<Location> {
    return (await this.active(scope)).find(({ _id }) => _id === id) ?? this.get(scope, id);
  }

  private lately(scope: TenantScope) {
    return this.kept.get(scope.tenantId, async () => {
      const all = await this.list(scope);
      return { all, active: all.filter(({ active }) => active) };
    });
  }

  async page(scope: TenantScope, request: { limit: number; cursor?: string | undefined }): Promise<Page<Location>> {
    return this.locations.forTenant(scope).page(request);
  }

  async create(scope: TenantScope, tx: Tx, fresh: NewLocation): Promise<Location> {
    assertHours(fresh.hours);
    const { exceptions = [], maxVisitsPerDay = null, maxVisitsPerWeek = null } = fresh;
    assertExceptions(exceptions);
    const rules = { exceptions, maxVisitsPerDay, maxVisitsPerWeek };
    tx.afterCommit(() => this.kept.forget(scope.tenantId));
    const created = await this.locations
      .forTenant(scope, tx)
      .insert({ _id: newId('location', this.clock.now()), ...fresh, ...rules });
    await this.tell(scope, tx, created);
    return created;
  }

  /** A zone stays while visits are booked by its clock; one location stays active. */
  async change(scope: TenantScope, id: string, fields: Partial<NewLocation>, ifVersion?: number): Promise<Location> {
    assertHours(fields.hours ?? []);
    assertExceptions(fields.exceptions ?? []);
    return this.forgetting(scope, async (tx) => {
      const before = await this.taken(scope, id, tx);
      const closes = fields.active === false && before.active;
      const moves = fields.zone !== undefined && fields.zone !== before.zone;
      if ((closes || moves) && (await this.guards.object(scope, id, tx))) throw inUse();
      const changed = await this.locations.forTenant(scope, tx).patch(id, fields, 'location', ifVersion);
      if (closes) await this.assertOneStays(scope, tx);
      await this.tell(scope, tx, changed);
      return changed;
    });
  }

  async remove(scope: TenantScope, id: string): Promise<void> {
    await this.forgetting(scope, async (tx) => {
      const before = await this.taken(scope, id, tx);
      if (await this.guards.object(scope, id, tx)) throw inUse();
      await this.locations.forTenant(scope, tx).remove(id);
      if (before.active) await this.assertOneStays(scope, tx);
      await this.tell(scope, tx, { ...before, version: before.version + 1 }, { change: 'removed' });
    });
  }

  /** The location, while no other one of the practice changes: two that are closed at once may not both be the last but one. */
  private async taken(scope: TenantScope, id: string, tx: Tx): Promise<Location> {
    await this.locks.take(scope, tx, 'locations');
    return this.locations.forTenant(scope, tx).getById(id, 'location');
  }

  private async assertOneStays(scope: TenantScope, tx: Tx): Promise<void> {
    if ((await this.locations.forTenant(scope, tx).count({ active: true })) > 0) return;
    throw new Problem('last_location', 'A practice keeps at least one active location. Create another one first.');
  }

  private async tell(scope: TenantScope, tx: Tx, location: Location, data?: { change: 'removed' }): Promise<void> {
    await this.outbox.record(scope, tx, {
      type: 'location.changed',
      subject: { kind: 'location', id: location._id },
      sequence: location.version,
      ...(data ? { data } : {}),
    });
  }

  private forgetting<T>(scope: TenantScope, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.unitOfWork.run((tx) => {
      tx.afterCommit(() => this.kept.forget(scope.tenantId));
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
