import { Injectable } from '@nestjs/common';
import type { Permission } from '../../http/index.js';
import { AgencyRepository, defineCollection, Persistence, type AgencyDocument } from '../../persistence/index.js';

/** A key of the practice API. The secret itself is not kept. */
export interface ApiKey extends AgencyDocument {
  tenantId: string | null;
  name: string;
  digest: string;
  /** Digest of the key before a rotation, good until `previousUntil`. */
  previousDigest: string | null;
  previousUntil: number | null;
  /** `oc_live_` or `oc_test_`, and the last four characters, to be told apart by people. */
  prefix: string;
  lastFour: string;
  permissions: Permission[];
  /** Addresses that may use it; empty: any. */
  addresses: string[];
  expiresAt: number | null;
  lastUsedAt: number | null;
  revokedAt: number | null;
}

const apiKeyCollection = defineCollection<ApiKey>({
  name: 'api_keys',
  owner: 'agencyId',
  fields: {
    tenantId: String,
    name: { type: String, required: true },
    digest: { type: String, required: true },
    previousDigest: String,
    previousUntil: Number,
    prefix: { type: String, required: true },
    lastFour: { type: String, required: true },
    permissions: [String],
    addresses: [String],
    expiresAt: Number,
    lastUsedAt: Number,
    revokedAt: Number,
  },
  indexes: [
    { key: { digest: 1 }, unique: true, acrossTenants: true },
    { key: { previousDigest: 1 }, where: { previousDigest: { $type: 'string' } }, acrossTenants: true },
    { key: { agencyId: 1, tenantId: 1, _id: 1 } },
  ],
});

@Injectable()
export class ApiKeyRepository extends AgencyRepository<ApiKey> {
  constructor(persistence: Persistence) {
    super(persistence, apiKeyCollection);
  }
}
