import { Injectable } from '@nestjs/common';
import type { TenantScope } from '../kernel/index.js';
import {
  defineCollection,
  isDuplicateKey,
  Persistence,
  repeatTransaction,
  TenantRepository,
  type TenantDocument,
  type Tx,
} from '../persistence/index.js';

interface IdentityLock extends TenantDocument {
  expireAt: Date;
}

const KEPT_MS = 24 * 3_600_000;

/**
 * One row for each name and birth that is being looked up or made, known by its blind index. Two transactions for one
 * person both write it, so that one of them is repeated and finds what the other made. A unique index on patients
 * themselves would refuse the double records that practice systems really hold.
 */
@Injectable()
export class IdentityLocks extends TenantRepository<IdentityLock> {
  constructor(persistence: Persistence) {
    super(
      persistence,
      defineCollection<IdentityLock>({
        name: 'identity_locks',
        owner: 'tenantId',
        fields: { expireAt: { type: Date, required: true } },
        indexes: [{ key: { expireAt: 1 }, expireAfterSeconds: 0, acrossTenants: true }],
      }),
    );
  }

  async take(scope: TenantScope, tx: Tx, blindKey: string): Promise<void> {
    const _id = `${scope.tenantId}:${blindKey}`;
    const expireAt = new Date(this.persistence.clock.now() + KEPT_MS);
    const rows = this.forTenant(scope, tx);
    if (await rows.update(_id, { $set: { expireAt } })) return;
    try {
      await rows.insert({ _id, expireAt });
    } catch (error) {
      throw isDuplicateKey(error) ? repeatTransaction(error) : error;
    }
  }
}
