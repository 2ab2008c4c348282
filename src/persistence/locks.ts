import { Injectable } from '@nestjs/common';
import { mintSystemScope, type AgencyScope, type TenantScope } from '../kernel/index.js';
import { defineCollection, type BaseDocument } from './collection.js';
import { isDuplicateKey, repeatTransaction } from './errors.js';
import { Persistence } from './persistence.js';
import { PlatformRepository } from './repository.js';
import type { Tx } from './unit-of-work.js';

interface Lock extends BaseDocument {
  expireAt: Date;
}

const KEPT_MS = 24 * 3_600_000;

const locking = mintSystemScope('a lock is known by the whole of its id, which begins with its owner');

/**
 * Rules over several documents ("one admin stays") that no single write can hold. Whoever changes something that such a
 * rule is about takes its lock first: of two at once, one meets a write conflict and is repeated on what the other left.
 */
@Injectable()
export class Locks extends PlatformRepository<Lock> {
  constructor(persistence: Persistence) {
    super(
      persistence,
      defineCollection<Lock>({
        name: 'locks',
        owner: null,
        fields: { expireAt: { type: Date, required: true } },
        indexes: [{ key: { expireAt: 1 }, expireAfterSeconds: 0 }],
      }),
    );
  }

  /** Until the transaction ends, nobody else holds `rule` of this owner. Take it before you read what the rule is about. */
  async take(owner: TenantScope | AgencyScope, tx: Tx, rule: string): Promise<void> {
    const _id = `${'tenantId' in owner ? owner.tenantId : owner.agencyId}:${rule}`;
    const expireAt = new Date(this.persistence.clock.now() + KEPT_MS);
    const rows = this.forSystem(locking, tx);
    if (await rows.update({ _id }, { $set: { expireAt } })) return;
    try {
      await rows.insert({ _id, expireAt });
    } catch (error) {
      throw isDuplicateKey(error) ? repeatTransaction(error) : error;
    }
  }
}
