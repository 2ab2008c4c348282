import { Inject, Injectable } from '@nestjs/common';
import type { MemberPrincipal, Permission } from '../../http/index.js';
import {
  CLOCK,
  digest,
  mintSystemScope,
  newId,
  notFound,
  Problem,
  randomToken,
  type AgencyScope,
  type Clock,
} from '../../kernel/index.js';
import type { Filter, Page, Tx, Update } from '../../persistence/index.js';
import { mayGrant } from '../roles.js';
import { ApiKeyRepository, type ApiKey } from './api-key.schema.js';

/** How long the old secret stays good after a rotation. */
const OVERLAP_MS = 24 * 3_600_000;
const USED_EVERY_MS = 60_000;

const lookup = mintSystemScope('a key tells whose it is only when it is found');

export interface NewApiKey {
  name: string;
  mode: 'live' | 'test';
  permissions: Permission[];
  addresses?: string[] | undefined;
  expiresAt?: number | null | undefined;
}

@Injectable()
export class ApiKeys {
  constructor(
    private readonly keys: ApiKeyRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The key and its secret, which is shown this once. `secret` may be given by the seed of a demo. */
  async create(
    agency: AgencyScope,
    tx: Tx,
    tenantId: string | null,
    key: NewApiKey,
    secret = `oc_${key.mode}_${randomToken(32)}`,
  ): Promise<{ key: ApiKey; secret: string }> {
    const created = await this.keys.forAgency(agency, tx).insert({
      _id: newId('apiKey', this.clock.now()),
      tenantId,
      name: key.name,
      digest: digest(secret),
      previousDigest: null,
      previousUntil: null,
      prefix: `oc_${key.mode}_`,
      lastFour: secret.slice(-4),
      permissions: key.permissions,
      addresses: key.addresses ?? [],
      expiresAt: key.expiresAt ?? null,
      lastUsedAt: null,
      revokedAt: null,
    });
    return { key: created, secret };
  }

  assertMayCreate(member: MemberPrincipal, key: NewApiKey): void {
    if (!mayGrant(member.permissions, key.permissions))
      throw new Problem('forbidden', 'A key cannot have permissions that you do not have.');
  }

  async page(member: MemberPrincipal, request: { limit: number; cursor?: string | undefined }): Promise<Page<ApiKey>> {
    return this.keys.forAgency(member.agency).page({ ...request, filter: reach(member) });
  }

  async rotate(member: MemberPrincipal, id: string): Promise<{ key: ApiKey; secret: string }> {
    const key = await this.find(member, id);
    const secret = `${key.prefix}${randomToken(32)}`;
    const set = {
      digest: digest(secret),
      lastFour: secret.slice(-4),
      previousDigest: key.digest,
      previousUntil: this.clock.now() + OVERLAP_MS,
    };
    return { key: await this.keys.forAgency(member.agency).patch(id, set, 'API key', key.version), secret };
  }

  async revoke(member: MemberPrincipal, id: string): Promise<void> {
    await this.find(member, id);
    await this.keys.forAgency(member.agency).update(id, { $set: { revokedAt: this.clock.now() } } as Update<ApiKey>);
  }

  /** The key of a secret that is good now from this address; null otherwise. */
  async authenticate(secret: string, address: string | undefined): Promise<ApiKey | null> {
    const now = this.clock.now();
    const shown = digest(secret);
    const keys = this.keys.forSystem(lookup);
    const key =
      (await keys.findOne({ digest: shown })) ??
      (await keys.findOne({ previousDigest: shown, previousUntil: { $gt: now } }));
    if (!key || key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt <= now)) return null;
    if (key.addresses.length > 0 && !key.addresses.includes(address ?? '')) return null;
    if (now - (key.lastUsedAt ?? 0) > USED_EVERY_MS) await keys.update({ _id: key._id }, { $set: { lastUsedAt: now } });
    return key;
  }

  private async find(member: MemberPrincipal, id: string): Promise<ApiKey> {
    const key = await this.keys
      .forAgency(member.agency)
      .findOne({ ...reach(member), _id: id, revokedAt: null } as Filter<ApiKey>);
    if (!key) throw notFound('API key');
    return key;
  }
}

function reach(member: MemberPrincipal): Filter<ApiKey> {
  return (member.tenant ? { tenantId: member.tenant.tenantId } : {}) as Filter<ApiKey>;
}
