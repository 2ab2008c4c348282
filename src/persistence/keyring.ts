import type { Connection } from 'mongoose';
import { Problem, type Clock, type DataKey, type MasterKeys } from '../kernel/index.js';
import { isDuplicateKey } from './errors.js';

interface KeyRow {
  _id: string;
  wrapped: string | null;
  createdAt: number;
  shreddedAt?: number;
}

const CACHE_LIMIT = 10_000;

/** The data keys of tenants and agencies, wrapped by the master key in the database, unwrapped in memory. */
export class Keyring {
  private readonly cache = new Map<string, DataKey>();

  constructor(
    private readonly connection: Connection,
    private readonly master: MasterKeys,
    private readonly clock: Clock,
  ) {}

  /** The key of `ownerId`, made at first use. A shredded owner has none and never gets another. */
  async keyOf(ownerId: string): Promise<DataKey> {
    const cached = this.cache.get(ownerId);
    if (cached) return cached;
    const row = (await this.rows.findOne({ _id: ownerId })) ?? (await this.create(ownerId));
    if (row.wrapped === null) throw new Problem('not_found', 'The data of this practice was erased.');
    const key = this.master.unwrap(ownerId, row.wrapped);
    if (this.cache.size >= CACHE_LIMIT) this.cache.delete(this.cache.keys().next().value as string);
    this.cache.set(ownerId, key);
    return key;
  }

  /** Crypto-shredding: what was sealed for `ownerId` can never be read again. */
  async shred(ownerId: string): Promise<void> {
    await this.rows.updateOne({ _id: ownerId }, { $set: { wrapped: null, shreddedAt: this.clock.now() } });
    this.cache.delete(ownerId);
  }

  /** Two processes may come here at once: whose insert comes second takes the key of the first. */
  private async create(ownerId: string): Promise<KeyRow> {
    const fresh = { _id: ownerId, wrapped: this.master.newWrapped(ownerId), createdAt: this.clock.now() };
    // An insert and not an upsert: of two upserts at once, not every MongoDB-compatible engine lets the first one stand.
    await this.rows.insertOne(fresh).catch((error: unknown) => {
      if (!isDuplicateKey(error)) throw error;
    });
    return (await this.rows.findOne({ _id: ownerId })) as KeyRow;
  }

  private get rows() {
    return this.connection.collection<KeyRow>('tenant_keys');
  }
}
