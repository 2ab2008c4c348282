import type { Model } from 'mongoose';
import type { AgencyScope, SystemScope, TenantScope } from '../kernel/index.js';
import type { BaseDocument, CollectionDefinition } from './collection.js';
import { OPEN, type Persistence } from './persistence.js';
import { ScopedCollection } from './scoped-collection.js';
import { SystemCollection } from './system-collection.js';
import type { Tx } from './unit-of-work.js';

abstract class Repository<T extends BaseDocument> {
  readonly #model: Model<T>;

  constructor(
    protected readonly persistence: Persistence,
    protected readonly definition: CollectionDefinition<T>,
  ) {
    this.#model = persistence[OPEN](definition);
  }

  /** Access across owners; ESLint's allow-list says which files may mint the scope that it takes. */
  forSystem(_scope: SystemScope, tx?: Tx): SystemCollection<T> {
    return new SystemCollection(this.persistence, this.#model, this.definition, tx);
  }

  protected scoped(field: string, id: string, tx?: Tx): ScopedCollection<T> {
    if (this.definition.owner === null) throw new Error(`${this.definition.name} has no owner: use forSystem`);
    return new ScopedCollection(this.persistence, this.#model, this.definition, { field, id }, tx);
  }
}

/** Documents of a practice. Extend it in a room: `class Providers extends TenantRepository<Provider> {}`. */
export abstract class TenantRepository<T extends BaseDocument> extends Repository<T> {
  forTenant(scope: TenantScope, tx?: Tx): ScopedCollection<T> {
    return this.scoped(this.definition.owner as string, scope.tenantId, tx);
  }
}

/** Documents of an agency. */
export abstract class AgencyRepository<T extends BaseDocument> extends Repository<T> {
  forAgency(scope: AgencyScope, tx?: Tx): ScopedCollection<T> {
    return this.scoped('agencyId', scope.agencyId, tx);
  }
}

/** Documents that an agency owns and a practice may see its own of, such as the practice itself. */
export abstract class SharedRepository<T extends BaseDocument> extends AgencyRepository<T> {
  forTenant(scope: TenantScope, tx?: Tx): ScopedCollection<T> {
    return this.scoped(this.definition.tenantField ?? 'tenantId', scope.tenantId, tx);
  }
}

/** Documents of the platform itself. */
export abstract class PlatformRepository<T extends BaseDocument> extends Repository<T> {}
