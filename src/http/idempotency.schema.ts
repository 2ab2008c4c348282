import { Injectable } from '@nestjs/common';
import { defineCollection, Persistence, sealed, TenantRepository, type TenantDocument } from '../persistence/index.js';

/** The kept answer of a request that carried an Idempotency-Key, written in the transaction of its effect. */
export interface IdempotencyRecord extends TenantDocument {
  requestHash: string;
  /** The answer's body; null while the first request runs. It may hold PHI. */
  reply: unknown;
  /** The reply has been completed after the commit: it will not change any more. */
  completed?: boolean;
  expireAt: Date;
}

const idempotencyCollection = defineCollection<IdempotencyRecord>({
  name: 'idempotency',
  owner: 'tenantId',
  fields: {
    requestHash: { type: String, required: true },
    reply: sealed,
    completed: Boolean,
    expireAt: { type: Date, required: true },
  },
  sealed: ['reply'],
  indexes: [{ key: { expireAt: 1 }, expireAfterSeconds: 0, acrossTenants: true }],
});

@Injectable()
export class IdempotencyRepository extends TenantRepository<IdempotencyRecord> {
  constructor(persistence: Persistence) {
    super(persistence, idempotencyCollection);
  }
}
