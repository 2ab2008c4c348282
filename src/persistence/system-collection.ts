import type { ClientSession, Model, QueryFilter, UpdateQuery } from 'mongoose';
import { assertFits, type BaseDocument, type CollectionDefinition, type Managed } from './collection.js';
import { isDuplicateKey, repeatTransaction } from './errors.js';
import type { FindOptions } from './scoped-collection.js';
import type { Persistence } from './persistence.js';
import { Sealing } from './sealing.js';
import { SESSION, type Tx } from './unit-of-work.js';

type Row = Record<string, unknown>;

/** A collection without an owner's filter: for the relay, sweepers, log-ins and look-ups that come before a scope exists. */
export class SystemCollection<T extends BaseDocument> {
  private readonly sealing: Sealing<T>;
  private readonly session: ClientSession | undefined;

  constructor(
    private readonly persistence: Persistence,
    private readonly model: Model<T>,
    private readonly definition: CollectionDefinition<T>,
    tx?: Tx,
  ) {
    this.sealing = new Sealing(definition, persistence.keyring);
    this.session = tx?.[SESSION];
  }

  async findOne(filter: QueryFilter<T>, options: FindOptions = {}): Promise<T | null> {
    const query = this.model.findOne(filter, null, this.options()).lean<Row | null>();
    if (options.sort) query.sort(options.sort);
    return this.open(await query);
  }

  async find(filter: QueryFilter<T>, options: FindOptions = {}): Promise<T[]> {
    const query = this.model.find(filter, null, this.options()).lean<Row[]>();
    if (options.sort) query.sort(options.sort);
    if (options.limit) query.limit(options.limit);
    return Promise.all((await query).map(async (row) => (await this.open(row)) as T));
  }

  async count(filter: QueryFilter<T>): Promise<number> {
    return this.model.countDocuments(filter, this.options());
  }

  /** The owner's field is part of `fresh` here. */
  async insert(fresh: Omit<T, Managed>): Promise<T> {
    const now = this.persistence.clock.now();
    const document = { ...fresh, createdAt: now, updatedAt: now, version: 1 } as unknown as T;
    const row = await this.sealing.close(
      this.ownerOf(document as unknown as Row),
      document._id,
      document as unknown as Row,
    );
    assertFits(this.definition, row);
    await this.model.insertMany([row], { lean: true, ...this.options() });
    return document;
  }

  /**
   * Many at once, leaving out those whose `_id` exists. Inside a transaction only: losing a race for an `_id` repeats the
   * transaction, which then finds it.
   */
  async insertMissing(fresh: Omit<T, Managed>[]): Promise<void> {
    const ids = fresh.map(({ _id }) => _id);
    const present = await this.model
      .find({ _id: { $in: ids } } as QueryFilter<T>, { _id: 1 }, this.options())
      .lean<{ _id: string }[]>();
    const known = new Set(present.map(({ _id }) => _id));
    const now = this.persistence.clock.now();
    const rows = fresh
      .filter(({ _id }) => !known.has(_id))
      .map((one) => ({ ...one, createdAt: now, updatedAt: now, version: 1 }));
    if (rows.length === 0) return;
    for (const row of rows) assertFits(this.definition, row);
    try {
      await this.model.insertMany(rows, { lean: true, ...this.options() });
    } catch (error) {
      throw isDuplicateKey(error) ? repeatTransaction(error) : error;
    }
  }

  async update(filter: QueryFilter<T>, update: UpdateQuery<T>, options: FindOptions = {}): Promise<T | null> {
    const query = this.model
      .findOneAndUpdate(filter, this.stamped(update), { returnDocument: 'after', ...this.options() })
      .lean<Row | null>();
    if (options.sort) query.sort(options.sort);
    return this.open(await query);
  }

  async updateMany(filter: QueryFilter<T>, update: UpdateQuery<T>): Promise<number> {
    return (await this.model.updateMany(filter, this.stamped(update), this.options())).modifiedCount;
  }

  async removeMany(filter: QueryFilter<T>): Promise<number> {
    return (await this.model.deleteMany(filter, this.options())).deletedCount;
  }

  /** Sealed fields are never set through the system's door. */
  private stamped(update: UpdateQuery<T>): UpdateQuery<T> {
    const { $set, $inc, ...rest } = update as { $set?: Row; $inc?: Row } & Row;
    for (const field of this.definition.sealed ?? []) {
      if ($set && field in $set)
        throw new Error(`${this.definition.name}.${field} is sealed: set it through the owner's scope`);
    }
    return {
      ...rest,
      $set: { ...$set, updatedAt: this.persistence.clock.now() },
      $inc: { version: 1, ...$inc },
    } as UpdateQuery<T>;
  }

  private async open(row: Row | null): Promise<T | null> {
    return row ? this.sealing.open(this.ownerOf(row), row) : null;
  }

  private ownerOf(row: Row): string {
    return this.definition.owner ? String(row[this.definition.owner]) : 'platform';
  }

  private options(): { session?: ClientSession; system: true } {
    return { system: true, ...(this.session ? { session: this.session } : {}) };
  }
}
