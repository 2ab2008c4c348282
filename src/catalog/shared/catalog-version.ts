import { Injectable } from '@nestjs/common';
import type { TenantScope } from '../../kernel/index.js';
import {
  defineCollection,
  isDuplicateKey,
  Persistence,
  repeatTransaction,
  TenantRepository,
  type BaseDocument,
  type Tx,
} from '../../persistence/index.js';

/** One row a practice, its `_id` the practice's: `version` grows with each change of the catalogue. */
type CatalogVersion = BaseDocument;

@Injectable()
export class CatalogVersions extends TenantRepository<CatalogVersion> {
  /** Practices whose catalogue this process has changed since it last asked for the version. */
  private readonly changed = new Set<string>();

  constructor(persistence: Persistence) {
    super(persistence, defineCollection<CatalogVersion>({ name: 'catalog_versions', owner: '_id', fields: {} }));
  }

  /**
   * Takes the catalogue of the practice for this transaction. Every change of it begins here, so of two at once one meets
   * a write conflict and is repeated on what the other left: a reference that was checked after this call still holds
   * when the transaction commits. It also tells every process that its copy is old.
   */
  async take(scope: TenantScope, tx: Tx): Promise<void> {
    const rows = this.forTenant(scope, tx);
    tx.afterCommit(() => this.changed.add(scope.tenantId));
    if (await rows.update(scope.tenantId, {})) return;
    try {
      await rows.insert({ _id: scope.tenantId });
    } catch (error) {
      throw isDuplicateKey(error) ? repeatTransaction(error) : error;
    }
  }

  /** 0 before the first change. */
  async current(scope: TenantScope): Promise<number> {
    this.changed.delete(scope.tenantId);
    return (await this.forTenant(scope).findById(scope.tenantId))?.version ?? 0;
  }

  /** Whether this process itself has made the copies old that it had at the last call of `current`. */
  changedHere({ tenantId }: TenantScope): boolean {
    return this.changed.has(tenantId);
  }
}
