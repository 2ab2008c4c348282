import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { Outbox } from '../../events/index.js';
import { CLOCK, newId, Problem, type Clock, type TenantScope } from '../../kernel/index.js';
import {
  UnitOfWork,
  type Filter,
  type Fresh,
  type Page,
  type PageRequest,
  type TenantRepository,
  type Tx,
} from '../../persistence/index.js';
import { CATALOG_KINDS, type CatalogKind } from './catalog-kinds.js';
import { CatalogVersions } from './catalog-version.js';
import type { CatalogItem, Draft } from './item.js';

/** A practice's catalogue is read whole into memory: no resource of it may grow without end. */
const MAX_ITEMS = 1_000;

/** What every one of the five services needs. */
@Injectable()
export class CatalogTools {
  constructor(
    readonly unitOfWork: UnitOfWork,
    readonly outbox: Outbox,
    readonly versions: CatalogVersions,
    @Inject(CLOCK) readonly clock: Clock,
  ) {}
}

/** What a caller gave: members that are undefined were not given. */
export type Given<T extends CatalogItem> = { [K in keyof Draft<T>]?: Draft<T>[K] | undefined };

/** Create, read, change and remove one resource of the catalogue. A resource adds its own rules in `settle` and `guard`. */
export abstract class CatalogService<T extends CatalogItem> {
  protected constructor(
    private readonly kind: CatalogKind,
    protected readonly repository: TenantRepository<T>,
    protected readonly tools: CatalogTools,
  ) {}

  /** The whole item from what was given and what was there: fills in defaults, checks rules and references. */
  protected abstract settle(scope: TenantScope, tx: Tx, given: Given<T>, before: T | null): Promise<Draft<T>>;

  /** Throws `in_use` when the change (or removal: `after` is null) breaks what refers to the item. */
  protected async guard(_scope: TenantScope, _tx: Tx, _before: T, _after: Draft<T> | null): Promise<void> {}

  async page(scope: TenantScope, request: PageRequest<T>): Promise<Page<T>> {
    return this.repository.forTenant(scope).page(request);
  }

  async get(scope: TenantScope, id: string): Promise<T> {
    return this.repository.forTenant(scope).getById(id, CATALOG_KINDS[this.kind].word);
  }

  async create(scope: TenantScope, tx: Tx, given: Given<T>): Promise<T> {
    await this.tools.versions.take(scope, tx);
    const items = this.repository.forTenant(scope, tx);
    this.assertRoom(await items.count());
    const draft = await this.settle(scope, tx, given, null);
    return this.insert(scope, tx, draft);
  }

  /** `given` may follow from the item as it is. `ifVersion`: refuse when the item is at another version. */
  async change(
    scope: TenantScope,
    id: string,
    given: Given<T> | ((before: T) => Given<T>),
    ifVersion?: number,
  ): Promise<T> {
    return this.tools.unitOfWork.run(async (tx) => {
      await this.tools.versions.take(scope, tx);
      const before = await this.repository.forTenant(scope, tx).getById(id, CATALOG_KINDS[this.kind].word);
      if (ifVersion !== undefined && ifVersion !== before.version) {
        const detail = `The ${CATALOG_KINDS[this.kind].word} is at version ${before.version}, you changed version ${ifVersion}. Read it again.`;
        throw new Problem('version_mismatch', detail);
      }
      const after = await this.settle(scope, tx, typeof given === 'function' ? given(before) : given, before);
      await this.guard(scope, tx, before, after);
      return this.write(scope, tx, before, after);
    });
  }

  async remove(scope: TenantScope, id: string): Promise<void> {
    await this.tools.unitOfWork.run(async (tx) => {
      await this.tools.versions.take(scope, tx);
      const items = this.repository.forTenant(scope, tx);
      const before = await items.getById(id, CATALOG_KINDS[this.kind].word);
      await this.guard(scope, tx, before, null);
      await items.remove(id);
      await this.tell(scope, tx, id, before.version + 1, 'removed');
    });
  }

  /** Throws `unprocessable` when a practice that has `count` of them may have no more. */
  protected assertRoom(count: number): void {
    if (count < MAX_ITEMS) return;
    const detail = `A practice may have ${MAX_ITEMS} ${CATALOG_KINDS[this.kind].plural}: remove what is not needed, or add fewer.`;
    throw new Problem('unprocessable', detail);
  }

  /** Writes a settled item. The transaction must have taken the catalogue. */
  protected async insert(scope: TenantScope, tx: Tx, draft: Draft<T>): Promise<T> {
    const _id = newId(this.kind, this.tools.clock.now());
    const item = await this.repository.forTenant(scope, tx).insert({ ...draft, _id } as unknown as Fresh<T>);
    await this.tell(scope, tx, _id, item.version, 'created');
    return item;
  }

  /** Writes what differs; when nothing does, the item stays at its version and nothing is told. */
  protected async write(scope: TenantScope, tx: Tx, before: T, after: Partial<Draft<T>>): Promise<T> {
    const changed = Object.entries(after).filter(([name, value]) => !isDeepStrictEqual(value, before[name as keyof T]));
    if (changed.length === 0) return before;
    const fields = Object.fromEntries(changed) as Partial<Fresh<T>>;
    const item = await this.repository.forTenant(scope, tx).patch(before._id, fields, CATALOG_KINDS[this.kind].word);
    await this.tell(scope, tx, item._id, item.version, 'changed');
    return item;
  }

  /** The given ids that exist here, by id. */
  protected async existing<R extends CatalogItem>(
    repository: TenantRepository<R>,
    scope: TenantScope,
    tx: Tx,
    ids: readonly string[],
  ): Promise<Map<string, R>> {
    if (ids.length === 0) return new Map();
    const found = await repository.forTenant(scope, tx).find({ _id: { $in: ids } } as unknown as Filter<R>);
    return new Map(found.map((item) => [item._id, item]));
  }

  private async tell(scope: TenantScope, tx: Tx, id: string, sequence: number, change: string): Promise<void> {
    const subject = { kind: this.kind, id };
    await this.tools.outbox.record(scope, tx, {
      type: CATALOG_KINDS[this.kind].event,
      subject,
      sequence,
      data: { change },
    });
  }
}

/** What was given over what was there over the defaults; the names are those of `defaults`. */
export function merged<T extends object>(
  defaults: T,
  before: Partial<T> | null,
  given: { [K in keyof T]?: T[K] | undefined },
): T {
  const result = { ...defaults };
  for (const name of Object.keys(defaults) as (keyof T)[]) {
    const value = given[name] !== undefined ? given[name] : before?.[name];
    if (value !== undefined) result[name] = value;
  }
  return result;
}
