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
  /** Practices whose catalogue this process has changed, each with the number of its last change. */
  private readonly changed = new Map<string, number>();
  private changes = 0;

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
    tx.afterCommit(() => this.changed.set(scope.tenantId, ++this.changes));
    if (await rows.update(scope.tenantId, {})) return;
    try {
      await rows.insert({ _id: scope.tenantId });
    } catch (error) {
      throw isDuplicateKey(error) ? repeatTransaction(error) : error;
    }
  }

  /** 0 before the first change. */
  async current(scope: TenantScope): Promise<number> {
    return (await this.forTenant(scope).findById(scope.tenantId))?.version ?? 0;
  }

  /** Which change was this process's own last one; what was read after this call holds it. 0: it has made none. */
  lastHere({ tenantId }: TenantScope): number {
    return this.changed.get(tenantId) ?? 0;
  }
}
