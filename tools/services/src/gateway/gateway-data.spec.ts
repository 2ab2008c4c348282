import { MongoClient, MongoServerError, type Collection, type Document } from 'mongodb';
import mongoose, { Schema } from 'mongoose';
import { startTestDatabase, type TestDatabase } from '../spec-support.ts';

let database: TestDatabase;
let client: MongoClient;
let n = 0;

beforeAll(async () => {
  database = await startTestDatabase();
  client = await new MongoClient(database.uri).connect();
}, 600_000);

afterAll(async () => {
  await client?.db('spec_data').dropDatabase();
  await client?.close();
  await database?.stop();
});

function fresh(): Collection<Document & { _id: string | number }> {
  n += 1;
  return client.db('spec_data').collection(`c${n}`);
}

async function failure(work: Promise<unknown>): Promise<MongoServerError> {
  const error = await work.then(
    () => new Error('did not fail'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(MongoServerError);
  return error as MongoServerError;
}

describe('documents', () => {
  it('writes, reads, counts and deletes', async () => {
    const c = fresh();
    await c.insertMany([1, 2, 3, 4].map((i) => ({ _id: i, a: i % 2, s: { t: `t${i}` } })));
    expect(await c.findOne({ _id: 3 })).toEqual({ _id: 3, a: 1, s: { t: 't3' } });
    expect(await c.find({ a: 1 }, { projection: { 's.t': 1 } }).toArray()).toEqual([
      { _id: 1, s: { t: 't1' } },
      { _id: 3, s: { t: 't3' } },
    ]);
    expect(
      await c
        .find()
        .sort({ _id: -1 })
        .skip(1)
        .limit(2)
        .map((d) => d._id)
        .toArray(),
    ).toEqual([3, 2]);
    expect(await c.countDocuments({ a: 0 })).toBe(2);
    expect(await c.estimatedDocumentCount()).toBe(4);
    expect((await c.distinct('a')).sort()).toEqual([0, 1]);
    expect(await c.updateMany({ a: 0 }, { $inc: { a: 10 } })).toMatchObject({ matchedCount: 2, modifiedCount: 2 });
    expect(await c.replaceOne({ _id: 9 }, { a: 5 }, { upsert: true })).toMatchObject({ upsertedId: 9 });
    expect(await c.deleteMany({ a: { $gte: 5 } })).toMatchObject({ deletedCount: 3 });
    expect(await c.findOne({ _id: 2 })).toBeNull();
  });

  it('keeps every BSON type as it was', async () => {
    const { Binary, Decimal128, Int32, Long, ObjectId, Timestamp } = await import('mongodb');
    const c = fresh();
    const values = {
      bin: new Binary(Buffer.from([0, 255, 128])),
      date: new Date('2027-03-15T14:00:00.123Z'),
      dec: Decimal128.fromString('1.50'),
      int: new Int32(7),
      long: Long.fromString('9007199254740993'),
      oid: new ObjectId('64b000000000000000000001'),
      re: /a.b/i,
      ts: new Timestamp({ t: 1, i: 2 }),
      text: 'Zoë\u2028',
      nothing: null,
      list: [1, [2, { x: [] }]],
    };
    await c.insertOne({ _id: 1, ...values });
    const back = (await c.findOne({ _id: 1 }, { promoteValues: false, raw: false }))!;
    expect(JSON.stringify(await import('bson').then(({ EJSON }) => EJSON.serialize(back, { relaxed: false })))).toBe(
      JSON.stringify(
        await import('bson').then(({ EJSON }) => EJSON.serialize({ _id: 1, ...values }, { relaxed: false })),
      ),
    );
  });

  it('changes arrays by position, by filter, by push with slice and by pull', async () => {
    const c = fresh();
    const entries = [1, 2, 3].map((id) => ({ id, ok: id === 2 }));
    await c.insertOne({ _id: 1, entries });
    await c.updateOne({ _id: 1, 'entries.id': 3 }, { $set: { 'entries.$.ok': true } });
    await c.updateOne({ _id: 1 }, { $set: { 'entries.$[e].seen': 1 } }, { arrayFilters: [{ 'e.ok': true }] });
    await c.updateOne({ _id: 1 }, { $push: { entries: { $each: [{ id: 4 }, { id: 5 }], $slice: -4 } } } as Document);
    await c.updateOne({ _id: 1 }, { $pull: { entries: { id: 4 } } } as Document);
    expect((await c.findOne({ _id: 1 }))?.entries).toEqual([
      { id: 2, ok: true, seen: 1 },
      { id: 3, ok: true, seen: 1 },
      { id: 5 },
    ]);
  });

  it('finds and modifies in one step', async () => {
    const c = fresh();
    await c.insertOne({ _id: 1, n: 1 });
    expect(await c.findOneAndUpdate({ _id: 1 }, { $inc: { n: 1 } })).toMatchObject({ n: 1 });
    expect(await c.findOneAndUpdate({ _id: 1 }, { $inc: { n: 1 } }, { returnDocument: 'after' })).toMatchObject({
      n: 3,
    });
    expect(await c.findOneAndReplace({ _id: 2 }, { n: 9 }, { upsert: true, returnDocument: 'after' })).toMatchObject({
      n: 9,
    });
    expect(await c.findOneAndDelete({ n: 9 })).toMatchObject({ _id: 2 });
    expect(await c.findOneAndUpdate({ _id: 7 }, { $set: { n: 1 } })).toBeNull();
  });

  it('runs bulk writes of mixed kinds', async () => {
    const c = fresh();
    const result = await c.bulkWrite([
      { insertOne: { document: { _id: 1, n: 1 } } },
      { updateOne: { filter: { _id: 2 }, update: { $set: { n: 2 } }, upsert: true } },
      { updateMany: { filter: {}, update: { $inc: { n: 1 } } } },
      { deleteOne: { filter: { _id: 1 } } },
    ]);
    expect(result).toMatchObject({ insertedCount: 1, upsertedCount: 1, modifiedCount: 2, deletedCount: 1 });
  });

  it('groups, facets and names days by zone', async () => {
    const c = fresh();
    const at = new Date('2027-03-15T02:00:00Z');
    await c.insertMany([1, 2, 3].map((i) => ({ _id: i, at, v: i })));
    const day = { $dateToString: { date: '$at', format: '%Y-%m-%d', timezone: 'America/Chicago' } };
    const [facets] = await c
      .aggregate([{ $facet: { sum: [{ $group: { _id: day, v: { $sum: '$v' } } }], count: [{ $count: 'n' }] } }])
      .toArray();
    expect(facets).toEqual({ sum: [{ _id: '2027-03-14', v: 6 }], count: [{ n: 3 }] });
  });
});

describe('cursors', () => {
  it('reads 5,000 documents page by page, sorted and unsorted, several at once', async () => {
    const c = fresh();
    await c.insertMany(
      Array.from({ length: 5000 }, (_, i) => ({ _id: i, k: (i * 7919) % 5000, pad: 'x'.repeat(100) })),
    );
    const sorted = c
      .find()
      .sort({ k: 1 })
      .batchSize(700)
      .map((d) => d.k as number)
      .toArray();
    const plain = c
      .find()
      .batchSize(600)
      .map((d) => d._id)
      .toArray();
    const grouped = c.aggregate([{ $group: { _id: '$k' } }], { batchSize: 900 }).toArray();
    expect(await sorted).toEqual(Array.from({ length: 5000 }, (_, i) => i));
    expect(new Set(await plain).size).toBe(5000);
    expect((await grouped).length).toBe(5000);
  });

  it('closes a cursor on request and then does not know it', async () => {
    const c = fresh();
    await c.insertMany(Array.from({ length: 50 }, (_, i) => ({ _id: i })));
    const db = client.db('spec_data');
    const first = await db.command(
      { find: c.collectionName, sort: { _id: -1 }, batchSize: 5 },
      { promoteLongs: false },
    );
    const { id } = first.cursor as { id: unknown };
    const killed = await db.command({ killCursors: c.collectionName, cursors: [id] });
    expect(killed.cursorsKilled).toHaveLength(1);
    const error = await failure(db.command({ getMore: id, collection: c.collectionName }));
    expect(error.code).toBe(43);
  });
});

describe('indexes and collections', () => {
  it('keeps unique, partial, compound and TTL indexes, and tells what was duplicate', async () => {
    const c = fresh();
    await c.createIndex({ tenantId: 1, phone: 1 }, { unique: true, partialFilterExpression: { live: true } });
    await c.createIndex({ at: 1 }, { expireAfterSeconds: 3600 });
    await c.insertOne({ _id: 1, tenantId: 't', phone: '1', live: true });
    await c.insertOne({ _id: 2, tenantId: 't', phone: '1', live: false });
    const error = await failure(c.insertOne({ _id: 3, tenantId: 't', phone: '1', live: true }));
    expect(error).toMatchObject({
      code: 11000,
      keyPattern: { tenantId: 1, phone: 1 },
      keyValue: { tenantId: 't', phone: '1' },
    });
    expect(error.message).toMatch(/^E11000 duplicate key error/);
    expect((await failure(c.updateOne({ _id: 2 }, { $set: { live: true } }))).code).toBe(11000);
    const modified = await failure(c.findOneAndUpdate({ _id: 2 }, { $set: { live: true } }));
    expect(modified).toMatchObject({ code: 11000, keyPattern: { tenantId: 1, phone: 1 } });
    expect(await failure(c.insertOne({ _id: 1 }))).toMatchObject({
      code: 11000,
      keyPattern: { _id: 1 },
      keyValue: { _id: 1 },
    });
    const indexes = await c.listIndexes().toArray();
    expect(indexes.find((one) => one.name === 'at_1')).toMatchObject({ expireAfterSeconds: 3600 });
    await c.dropIndex('at_1');
    expect(await c.indexExists('at_1')).toBe(false);
    expect((await failure(c.dropIndex('at_1'))).code).toBe(27);
  });

  it('goes on after a duplicate in an unordered insert, and stops in an ordered one', async () => {
    const c = fresh();
    await c.insertOne({ _id: 2 });
    const unordered = await failure(c.insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3 }], { ordered: false }));
    expect(unordered).toMatchObject({ code: 11000, insertedCount: 2 });
    const ordered = await failure(c.insertMany([{ _id: 4 }, { _id: 2 }, { _id: 5 }]));
    expect(ordered).toMatchObject({ code: 11000, insertedCount: 1 });
  });

  it('lists, renames and drops', async () => {
    const db = client.db('spec_names');
    await db.createCollection('one');
    await db.collection('one').rename('two');
    expect((await db.listCollections().toArray()).map((c) => c.name)).toEqual(['two']);
    expect((await client.db('admin').admin().listDatabases()).databases.map((d) => d.name)).toContain('spec_names');
    await db.dropDatabase();
    expect(await db.listCollections().toArray()).toEqual([]);
    await expect(db.command({ listIndexes: 'two' })).rejects.toMatchObject({ code: 26 });
  });
});

describe('errors', () => {
  it('answers what it does not know, cannot read or has no time for with MongoDB’s codes', async () => {
    const db = client.db('spec_data');
    expect((await failure(db.command({ brewCoffee: 1 }))).code).toBe(59);
    expect((await failure(fresh().find({ $bad: 1 }).toArray())).code).toBe(2);
    expect((await failure(fresh().updateOne({}, { $set: { a: 1 }, $inc: { a: 1 } }))).code).toBe(40);
    const c = fresh();
    await c.createIndex({ a: 1 }, { name: 'a' });
    expect((await failure(c.createIndex({ a: 1 }, { name: 'a', unique: true }))).code).toBe(86);
    await c.insertMany(Array.from({ length: 3000 }, (_, i) => ({ _id: i, g: i % 3 })));
    const join = { from: c.collectionName, localField: 'g', foreignField: 'g', as: 'all' };
    const slow = [{ $lookup: join }, { $unwind: '$all' }, { $group: { _id: '$all.g', n: { $sum: 1 } } }];
    expect((await failure(c.aggregate(slow, { maxTimeMS: 20 }).toArray())).code).toBe(50);
    expect(await c.countDocuments()).toBe(3000);
  });
});

describe('mongoose', () => {
  it('saves, populates versions and refuses a stale save', async () => {
    const connection = await mongoose.createConnection(database.uri, { dbName: 'spec_data' }).asPromise();
    const schema = new Schema(
      { name: { type: String, unique: true }, tags: [String] },
      { optimisticConcurrency: true },
    );
    const Thing = connection.model('Thing', schema);
    await Thing.init();
    const thing = await Thing.create({ name: 'chair', tags: ['a'] });
    const stale = (await Thing.findById(thing.id))!;
    thing.tags.push('b');
    await thing.save();
    stale.tags.push('c');
    await expect(stale.save()).rejects.toThrow(/version/i);
    await expect(Thing.create({ name: 'chair' })).rejects.toMatchObject({ code: 11000, keyValue: { name: 'chair' } });
    expect(await Thing.find({ tags: 'b' }).lean()).toHaveLength(1);
    await connection.close();
  });
});
