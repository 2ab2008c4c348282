import { isIP } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import ipaddr from 'ipaddr.js';
import type { MemberPrincipal, Permission } from '../../http/index.js';
import {
  CLOCK,
  digest,
  formatInstant,
  invalid,
  mintSystemScope,
  newId,
  notFound,
  Problem,
  randomToken,
  TtlCache,
  type AgencyScope,
  type Clock,
} from '../../kernel/index.js';
import type { Filter, Page, Tx, Update } from '../../persistence/index.js';
import { mayGrant, PRACTICE_PERMISSIONS } from '../roles.js';
import { ApiKeyRepository, type ApiKey } from './api-key.schema.js';

/** How long the old secret stays good after a rotation. */
const OVERLAP_MS = 24 * 3_600_000;
const USED_EVERY_MS = 60_000;
/** Other processes see a change of a key after this at the latest; the one that made it, at once. */
const KEPT_MS = 1_000;

const lookup = mintSystemScope('a key tells whose it is only when it is found');

export interface NewApiKey {
  name: string;
  mode: 'live' | 'test';
  permissions: Permission[];
  addresses?: string[] | undefined;
  expiresAt?: number | null | undefined;
}

/** How far a key goes. */
type Reach = Pick<ApiKey, 'permissions' | 'addresses' | 'expiresAt' | 'prefix'>;

@Injectable()
export class ApiKeys {
  private readonly found: TtlCache<ApiKey | null>;

  constructor(
    private readonly keys: ApiKeyRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.found = new TtlCache(clock, { ttlMs: KEPT_MS, load: (shown) => this.ofDigest(shown) });
  }

  /** The key and its secret, which is shown this once. `secret` may be given by the seed of a demo. */
  async create(
    agency: AgencyScope,
    tx: Tx,
    tenantId: string | null,
    key: NewApiKey,
    secret = `${prefixOf(key.mode)}${randomToken(32)}`,
  ): Promise<{ key: ApiKey; secret: string }> {
    const created = await this.keys.forAgency(agency, tx).insert({
      _id: newId('apiKey', this.clock.now()),
      tenantId,
      name: key.name,
      digest: digest(secret),
      previousDigest: null,
      previousUntil: null,
      prefix: prefixOf(key.mode),
      lastFour: secret.slice(-4),
      permissions: key.permissions,
      addresses: key.addresses ?? [],
      expiresAt: key.expiresAt ?? null,
      lastUsedAt: null,
      revokedAt: null,
    });
    return { key: created, secret };
  }

  /** Nobody makes a key that may do more than they may themselves: permissions, addresses, lifetime, mode. */
  async assertMayCreate(member: MemberPrincipal, key: NewApiKey): Promise<void> {
    const tooMuch = member.tenant ? key.permissions.findIndex((one) => !PRACTICE_PERMISSIONS.includes(one)) : -1;
    if (tooMuch >= 0)
      throw invalid(
        `/permissions/${tooMuch}`,
        'permission',
        'A key of a practice cannot hold permissions of an agency.',
      );
    const wrong = (key.addresses ?? []).findIndex((address) => isIP(address) === 0);
    if (wrong >= 0) throw invalid(`/addresses/${wrong}`, 'ip', 'Each address is one IPv4 or IPv6 address.');
    if (key.expiresAt != null && key.expiresAt <= this.clock.now())
      throw invalid('/expiresAt', 'future', 'A key expires in the future.');
    const { permissions, addresses = [], expiresAt = null, mode } = key;
    await this.assertWithin(member, { permissions, addresses, expiresAt, prefix: prefixOf(mode) });
  }

  async page(member: MemberPrincipal, request: { limit: number; cursor?: string | undefined }): Promise<Page<ApiKey>> {
    return this.keys.forAgency(member.agency).page({ ...request, filter: reach(member) });
  }

  /** The new secret is as good as a new key: it is shown to nobody who may do less than the key. */
  async rotate(member: MemberPrincipal, tx: Tx, id: string): Promise<{ key: ApiKey; secret: string }> {
    const key = await this.find(member, id, tx);
    if (member.actor.id !== id) await this.assertWithin(member, key);
    const secret = `${key.prefix}${randomToken(32)}`;
    const $set = {
      digest: digest(secret),
      lastFour: secret.slice(-4),
      previousDigest: key.digest,
      previousUntil: this.clock.now() + OVERLAP_MS,
    };
    const rotated = await this.keys.forAgency(member.agency, tx).patch(id, $set, 'API key');
    tx.afterCommit(() => this.forget(key, rotated));
    return { key: rotated, secret };
  }

  async revoke(member: MemberPrincipal, id: string): Promise<void> {
    const key = await this.find(member, id);
    await this.keys.forAgency(member.agency).update(id, { $set: { revokedAt: this.clock.now() } } as Update<ApiKey>);
    this.forget(key);
  }

  /** The key of a secret that is good now from this address; null otherwise. */
  async authenticate(secret: string, address: string | undefined): Promise<ApiKey | null> {
    const now = this.clock.now();
    const shown = digest(secret);
    const key = await this.found.get(shown);
    if (!key || key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt <= now)) return null;
    if (key.digest !== shown && (key.previousUntil ?? 0) <= now) return null;
    if (key.addresses.length > 0 && !key.addresses.map(plain).includes(plain(address ?? ''))) return null;
    if (now - (key.lastUsedAt ?? 0) > USED_EVERY_MS) {
      await this.keys.forSystem(lookup).update({ _id: key._id }, { $set: { lastUsedAt: now } });
      this.found.forget(shown);
    }
    return key;
  }

  private forget(...keys: readonly ApiKey[]): void {
    for (const { digest, previousDigest } of keys)
      for (const shown of [digest, previousDigest]) if (shown !== null) this.found.forget(shown);
  }

  /** By the digest of its secret, or of the one before. */
  private async ofDigest(shown: string): Promise<ApiKey | null> {
    const keys = this.keys.forSystem(lookup);
    return (await keys.findOne({ digest: shown })) ?? (await keys.findOne({ previousDigest: shown }));
  }

  private async assertWithin(member: MemberPrincipal, wanted: Reach): Promise<void> {
    if (!mayGrant(member.permissions, wanted.permissions))
      throw new Problem('forbidden', 'A key cannot have permissions that you do not have.');
    if (member.actor.kind !== 'api_key') return;
    const own = await this.keys.forAgency(member.agency).getById(member.actor.id, 'API key');
    if (own.prefix !== wanted.prefix)
      throw new Problem('forbidden', `A key that begins with ${own.prefix} makes keys of its own kind only.`);
    if (own.expiresAt !== null && (wanted.expiresAt === null || wanted.expiresAt > own.expiresAt))
      throw new Problem(
        'forbidden',
        `A key outlives none that it makes: expiresAt is ${formatInstant(own.expiresAt)} at the latest.`,
      );
    const allowed = own.addresses;
    if (allowed.length > 0 && !(wanted.addresses.length > 0 && wanted.addresses.every((one) => allowed.includes(one))))
      throw new Problem(
        'forbidden',
        `A key is good from no address that its maker is not good from: ${allowed.join(', ')}.`,
      );
  }

  private async find(member: MemberPrincipal, id: string, tx?: Tx): Promise<ApiKey> {
    const key = await this.keys
      .forAgency(member.agency, tx)
      .findOne({ ...reach(member), _id: id, revokedAt: null } as Filter<ApiKey>);
    if (!key) throw notFound('API key');
    return key;
  }
}

/** One spelling for each address; IPv4 is IPv4 also on a socket that speaks both. */
function plain(address: string): string {
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : address;
}

function prefixOf(mode: NewApiKey['mode']): string {
  return `oc_${mode}_`;
}

function reach(member: MemberPrincipal): Filter<ApiKey> {
  return (member.tenant ? { tenantId: member.tenant.tenantId } : {}) as Filter<ApiKey>;
}
