import type { ClientSession, Model, mongo, PipelineStage, QueryFilter, UpdateQuery } from 'mongoose';
import { notFound, Problem } from '../kernel/index.js';
import {
  assertFits,
  type AgencyDocument,
  type BaseDocument,
  type CollectionDefinition,
  type Managed,
} from './collection.js';
import { decodeCursor, encodeCursor } from './cursor.js';
import { isDuplicateKey } from './errors.js';
import type { Persistence } from './persistence.js';
import { Sealing } from './sealing.js';
import { SESSION, type Tx } from './unit-of-work.js';

export type Filter<T> = QueryFilter<T>;
export type Update<T> = UpdateQuery<T>;
/** What a new document needs to be given: all but what the repository writes by itself. */
export type Fresh<T> = Omit<T, Managed | (T extends AgencyDocument ? 'agencyId' : 'tenantId')>;

/** One of many changes of single documents; a pipeline may read the document that it changes. */
export interface EachChange<T> {
  id: string;
  where?: Filter<T>;
  update: Update<T> | Record<string, unknown>[];
}

export interface FindOptions {
  sort?: Record<string, 1 | -1>;
  limit?: number;
}

export interface PageRequest<T> {
  filter?: Filter<T>;
  /** The field to sort by, with `-` in front for descending; ties are broken by id. Default `_id`. */
  sort?: string;
  limit: number;
  cursor?: string | undefined;
}

export interface Page<T> {
  data: T[];
  hasMore: boolean;
  nextCursor: string | null;
}

type Row = Record<string, unknown>;

/** One collection seen by one owner: nothing that passes through here can reach another owner's documents. */
export class ScopedCollection<T extends BaseDocument> {
  private readonly sealing: Sealing<T>;
  /** The driver's own view of the collection, for the hot paths: what they ask and write needs no casting. */
  private readonly rows: mongo.Collection<Row>;
  private readonly session: ClientSession | undefined;

  constructor(
    private readonly persistence: Persistence,
    private readonly model: Model<T>,
    private readonly definition: CollectionDefinition<T>,
    private readonly owner: { field: string; id: string },
    tx?: Tx,
  ) {
    this.sealing = new Sealing(definition, persistence.keyring);
    this.rows = persistence.rowsOf(definition.name);
    this.session = tx?.[SESSION];
  }

  async findById(id: string): Promise<T | null> {
    const row = await this.rows.findOne(this.own({ _id: id } as Filter<T>) as never, this.options());
    return row ? this.sealing.open(this.owner.id, row as unknown as Row) : null;
  }

  /** Like `findById`, but a missing (or foreign) id is the problem `not_found`. `what` names the thing to the caller. */
  async getById(id: string, what: string): Promise<T> {
    const found = await this.findById(id);
    if (!found) throw notFound(what);
    return found;
  }

  async findOne(filter: Filter<T>, options: FindOptions = {}): Promise<T | null> {
    const query = this.model.findOne(this.own(filter), null, this.options()).lean<Row | null>();
    if (options.sort) query.sort(options.sort);
    const row = await query;
    return row ? this.sealing.open(this.owner.id, row) : null;
  }

  async find(filter: Filter<T> = {}, options: FindOptions = {}): Promise<T[]> {
    const query = this.model.find(this.own(filter), null, this.options()).lean<Row[]>();
    if (options.sort) query.sort(options.sort);
    if (options.limit) query.limit(options.limit);
    return this.sealing.openAll(this.owner.id, await query);
  }

  async page(request: PageRequest<T>): Promise<Page<T>> {
    const descending = request.sort?.startsWith('-') ?? false;
    const field = request.sort?.replace(/^-/, '') ?? '_id';
    const bound = `${this.owner.id}|${this.definition.name}|${request.sort ?? ''}|${JSON.stringify(request.filter ?? {})}`;
    const key = await this.persistence.keyring.keyOf(this.owner.id);
    const direction = descending ? -1 : 1;
    const beyond = descending ? '$lt' : '$gt';
    let after: Row = {};
    if (request.cursor) {
      const { value, id } = decodeCursor(key, bound, request.cursor);
      after =
        field === '_id'
          ? { _id: { [beyond]: id } }
          : { $or: [{ [field]: { [beyond]: value } }, { [field]: value, _id: { [beyond]: id } }] };
    }
    const rows = await this.model
      .find(
        { $and: [this.own(request.filter ?? {}), after], [this.owner.field]: this.owner.id } as Filter<T>,
        null,
        this.options(),
      )
      .sort(field === '_id' ? { _id: direction } : { [field]: direction, _id: direction })
      .limit(request.limit + 1)
      .lean<Row[]>();
    const hasMore = rows.length > request.limit;
    const kept = rows.slice(0, request.limit);
    const last = kept.at(-1);
    const nextCursor =
      hasMore && last
        ? encodeCursor(key, bound, { value: (last[field] ?? null) as string | number | null, id: String(last['_id']) })
        : null;
    return { data: await this.sealing.openAll(this.owner.id, kept), hasMore, nextCursor };
  }

  async count(filter: Filter<T> = {}): Promise<number> {
    return this.model.countDocuments(this.own(filter), this.options());
  }

  async exists(filter: Filter<T>): Promise<boolean> {
    return (await this.model.exists(this.own(filter)).session(this.session ?? null)) !== null;
  }

  /** Writes a new document. A broken unique index throws the driver's error: see `isDuplicateKey`. */
  async insert(fresh: Fresh<T>): Promise<T> {
    const [document] = await this.insertMany([fresh]);
    return document as T;
  }

  async insertMany(fresh: Fresh<T>[]): Promise<T[]> {
    const now = this.persistence.clock.now();
    const clear = fresh.map(
      (one) => ({ ...one, ...this.owned(), createdAt: now, updatedAt: now, version: 1 }) as unknown as T,
    );
    const rows = await Promise.all(
      clear.map((one) => this.sealing.close(this.owner.id, one._id, one as unknown as Row)),
    );
    for (const row of rows) assertFits(this.definition, row);
    if (rows.length === 1) await this.rows.insertOne(rows[0] as never, this.options());
    else if (rows.length > 1) await this.rows.insertMany(rows as never, { ordered: true, ...this.options() });
    return clear;
  }

  /**
   * Writes those whose `_id` is not there yet and leaves the others as they are, in one round trip; returns the ids of those
   * others. Not inside a transaction: a document that is there would end it.
   */
  async insertMissing(fresh: Fresh<T>[]): Promise<string[]> {
    if (fresh.length === 0) return [];
    const now = this.persistence.clock.now();
    const rows = fresh.map((one) => ({ ...one, ...this.owned(), createdAt: now, updatedAt: now, version: 1 }) as Row);
    this.assertUnsealed(rows[0] as Row);
    for (const row of rows) assertFits(this.definition, row);
    try {
      await this.rows.insertMany(rows as never, { ordered: false });
      return [];
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      const { writeErrors } = error as Error & { writeErrors: { index: number }[] | { index: number } };
      return [writeErrors].flat().map(({ index }) => (rows[index] as Row)['_id'] as string);
    }
  }

  /** The ids of the documents that match, without their contents. */
  async ids(filter: Filter<T>): Promise<string[]> {
    const rows = await this.model.find(this.own(filter), { _id: 1 }, this.options()).lean<{ _id: string }[]>();
    return rows.map(({ _id }) => _id);
  }

  /**
   * Many changes of single documents in one round trip, in no order. Each is atomic by itself; one whose document does
   * not fit changes nothing. Sealed fields cannot be set here. Returns how many documents fitted.
   */
  async updateEach(changes: EachChange<T>[]): Promise<number> {
    if (changes.length === 0) return 0;
    const updates = await Promise.all(
      changes.map(async ({ id, where, update }) => {
        if (!Array.isArray(update)) this.assertUnsealed((update as { $set?: Row }).$set ?? {});
        const stamp = { updatedAt: this.persistence.clock.now(), version: { $add: ['$version', 1] } };
        const stamped = Array.isArray(update) ? [...update, { $set: stamp }] : await this.stamped(id, update);
        return { updateOne: { filter: this.own({ ...where, _id: id } as Filter<T>), update: stamped } };
      }),
    );
    const options = { ordered: false, ...this.options() };
    return (await this.rows.bulkWrite(updates as never, options)).matchedCount;
  }

  /**
   * Changes one document in one atomic write and returns it as it is after. `where` narrows it further: null means that
   * no document fitted. Sealed fields may be set at the top level of `$set` only. `arrayFilters` are MongoDB's.
   */
  async update(
    id: string,
    update: Update<T>,
    where: Filter<T> = {},
    arrayFilters?: Record<string, unknown>[],
  ): Promise<T | null> {
    const row = await this.model
      .findOneAndUpdate(this.own({ ...where, _id: id } as Filter<T>), await this.stamped(id, update), {
        returnDocument: 'after',
        ...(arrayFilters ? { arrayFilters } : {}),
        ...this.options(),
      })
      .lean<Row | null>();
    return row ? this.sealing.open(this.owner.id, row) : null;
  }

  /** Sets fields of a document that someone edits: `not_found` when missing, `version_mismatch` when `ifVersion` is not its version. */
  async patch(id: string, fields: Partial<Fresh<T>>, what: string, ifVersion?: number): Promise<T> {
    const where = ifVersion === undefined ? {} : ({ version: ifVersion } as unknown as Filter<T>);
    const updated = await this.update(id, { $set: fields } as unknown as Update<T>, where);
    if (updated) return updated;
    const present = await this.getById(id, what);
    throw new Problem(
      'version_mismatch',
      `The ${what} is at version ${present.version}, you changed version ${String(ifVersion)}. Read it again.`,
    );
  }

  /**
   * Some fields of the documents, and nothing else of them; sealed ones cannot be had so. `computed`: fields of which the
   * database makes something first, as MongoDB's projections do.
   */
  async pick<K extends keyof T & string, C extends keyof T & string = never>(
    filter: Filter<T>,
    fields: readonly K[],
    computed?: Record<C, Row>,
  ): Promise<Pick<T, '_id' | K | C>[]> {
    const projection = { ...Object.fromEntries(['_id', ...fields].map((field) => [field, 1])), ...computed };
    this.assertUnsealed(projection);
    const found = this.rows.find(this.own(filter) as never, { projection, ...this.options() });
    return (await found.toArray()) as unknown as Pick<T, '_id' | K | C>[];
  }

  /** One atomic change of every document that matches; sealed fields cannot be set here. Returns how many changed. */
  async updateMany(filter: Filter<T>, update: Update<T>): Promise<number> {
    const result = await this.model.updateMany(this.own(filter), await this.stamped('', update), this.options());
    return result.modifiedCount;
  }

  /**
   * The conditional write of claims: one update whose filter holds the condition. Returns whether it took effect; the
   * document must exist. Unlike `update` it does not bring the document back. `arrayFilters` are MongoDB's.
   */
  async claim(
    id: string,
    condition: Filter<T>,
    update: Update<T>,
    arrayFilters?: Record<string, unknown>[],
  ): Promise<boolean> {
    const result = await this.rows.updateOne(
      this.own({ ...condition, _id: id } as Filter<T>) as never,
      (await this.stamped(id, update)) as never,
      { ...(arrayFilters ? { arrayFilters } : {}), ...this.options() },
    );
    return result.matchedCount > 0;
  }

  async remove(id: string): Promise<boolean> {
    return (await this.model.deleteOne(this.own({ _id: id } as Filter<T>), this.options())).deletedCount > 0;
  }

  async removeMany(filter: Filter<T>): Promise<number> {
    return (await this.model.deleteMany(this.own(filter), this.options())).deletedCount;
  }

  /** An aggregate that begins with a match on the owner; `$lookup`, `$unionWith`, `$out` and `$merge` are refused. */
  async aggregate<R>(filter: Filter<T>, stages: PipelineStage[]): Promise<R[]> {
    for (const stage of stages) {
      if (/"\$(lookup|graphLookup|unionWith|out|merge)"/.test(JSON.stringify(stage))) {
        throw new Error(`${this.definition.name}: an aggregate may not leave its collection`);
      }
    }
    return this.model.aggregate<R>([{ $match: this.own(filter) }, ...stages] as PipelineStage[], this.options());
  }

  /** The value to compare a blind index with; undefined when `value` has no canonical form. */
  async blind(index: string, value: unknown): Promise<string | undefined> {
    return this.sealing.blind(this.owner.id, index, value);
  }

  private assertUnsealed(row: Row): void {
    const sealed = (this.definition.sealed ?? []).find((field) => field in row);
    if (sealed)
      throw new Error(`${this.definition.name}.${sealed} is sealed: it is read and written with its whole document`);
  }

  private async stamped(id: string, update: Update<T>): Promise<Update<T>> {
    const { $set, $inc, ...rest } = update as { $set?: Row; $inc?: Row } & Row;
    const set = await this.sealing.close(this.owner.id, id, $set ?? {});
    return {
      ...rest,
      $set: { ...set, updatedAt: this.persistence.clock.now() },
      $inc: { version: 1, ...$inc },
    } as Update<T>;
  }

  /** The owner comes last, so no filter can override it. */
  private own(filter: Filter<T>): Filter<T> {
    if (this.owner.field === '_id') return { $and: [filter], _id: this.owner.id } as unknown as Filter<T>;
    return { ...filter, [this.owner.field]: this.owner.id } as unknown as Filter<T>;
  }

  private owned(): Row {
    return { [this.owner.field]: this.owner.id };
  }

  private options(): { session?: ClientSession } {
    return this.session ? { session: this.session } : {};
  }
}
