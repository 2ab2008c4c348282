import { randomUUID } from 'node:crypto';
import { Long, UUID } from 'bson';
import { MongoClient, MongoServerError, type ClientSession, type Collection, type Db } from 'mongodb';
import { Client } from 'pg';
import { opMsg, RawClient, startTestDatabase, type TestDatabase } from '../spec-support.ts';
import { startGateway } from './server.ts';

/** What only our own gateway promises, or can be made to show. */
const onGateway = process.env.MONGODB_URI ? it.skip : it;

interface Doc {
  _id: string | number;
  n: number;
}

let database: TestDatabase;
let client: MongoClient;
let db: Db;
let count = 0;

beforeAll(async () => {
  database = await startTestDatabase();
  client = await new MongoClient(database.uri, { maxPoolSize: 200 }).connect();
  db = client.db('spec_transactions');
}, 600_000);

afterAll(async () => {
  await db?.dropDatabase();
  await client?.close();
  await database?.stop();
});

async function withDocs(...docs: Doc[]): Promise<Collection<Doc>> {
  count += 1;
  const collection = db.collection<Doc>(`c${count}`);
  await collection.insertMany(docs);
  return collection;
}

async function thrown(work: Promise<unknown>): Promise<MongoServerError> {
  const error: unknown = await work.then(
    () => null,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(MongoServerError);
  return error as MongoServerError;
}

async function inSession<T>(work: (session: ClientSession) => Promise<T>): Promise<T> {
  const session = client.startSession();
  try {
    return await work(session);
  } finally {
    await session.endSession();
  }
}

describe('transactions', () => {
  it('shows its writes to itself at once and to others only after the commit', async () => {
    const c = await withDocs({ _id: 1, n: 1 });
    await inSession(async (session) => {
      session.startTransaction();
      await c.updateOne({ _id: 1 }, { $set: { n: 2 } }, { session });
      await c.insertOne({ _id: 2, n: 2 }, { session });
      expect((await c.find({}, { session }).sort({ _id: 1 }).toArray()).map((d) => d.n)).toEqual([2, 2]);
      expect(await c.find().toArray()).toEqual([{ _id: 1, n: 1 }]);
      await session.commitTransaction();
      await session.commitTransaction();
    });
    expect(await c.countDocuments({ n: 2 })).toBe(2);
  });

  it('leaves nothing behind when aborted, or when a command in it fails', async () => {
    const c = await withDocs({ _id: 1, n: 1 });
    await inSession(async (session) => {
      session.startTransaction();
      await c.insertOne({ _id: 2, n: 2 }, { session });
      await session.abortTransaction();
      session.startTransaction();
      await c.insertOne({ _id: 3, n: 3 }, { session });
      expect((await thrown(c.insertOne({ _id: 1, n: 9 }, { session }))).code).toBe(11000);
      expect(await thrown(c.insertOne({ _id: 4, n: 4 }, { session }))).toMatchObject({ code: 251 });
      await session.abortTransaction();
    });
    expect(await c.find().toArray()).toEqual([{ _id: 1, n: 1 }]);
  });

  it('makes a collection that is not there yet', async () => {
    count += 1;
    const c = db.collection<Doc>(`c${count}`);
    await client.withSession((session) =>
      session.withTransaction(async () => {
        await c.insertOne({ _id: 1, n: 1 }, { session });
      }),
    );
    expect(await c.countDocuments()).toBe(1);
  });

  it('pages through a cursor inside a transaction', async () => {
    const c = await withDocs(...Array.from({ length: 500 }, (_, i) => ({ _id: i, n: i })));
    await inSession(async (session) => {
      session.startTransaction();
      await c.updateMany({}, { $inc: { n: 1000 } }, { session });
      const sorted = await c.find({}, { session, batchSize: 60 }).sort({ n: -1 }).toArray();
      const plain = await c.find({}, { session, batchSize: 60 }).toArray();
      expect([sorted.length, plain.length, sorted[0]?.n]).toEqual([500, 500, 1499]);
      await session.abortTransaction();
    });
  });

  it('tells the loser of a conflict to try again: stale snapshot and held document', async () => {
    const c = await withDocs({ _id: 1, n: 0 }, { _id: 2, n: 0 });
    await inSession((first) =>
      inSession(async (second) => {
        second.startTransaction();
        await c.findOne({ _id: 2 }, { session: second });
        await c.updateOne({ _id: 1 }, { $inc: { n: 1 } });
        const stale = await thrown(c.updateOne({ _id: 1 }, { $inc: { n: 1 } }, { session: second }));
        expect(stale.code).toBe(112);
        expect(stale.hasErrorLabel('TransientTransactionError')).toBe(true);
        await second.abortTransaction();

        first.startTransaction();
        await c.updateOne({ _id: 2 }, { $inc: { n: 1 } }, { session: first });
        second.startTransaction();
        const blocked = await thrown(c.updateOne({ _id: 2 }, { $inc: { n: 1 } }, { session: second }));
        expect(blocked.code).toBe(112);
        expect(blocked.hasErrorLabel('TransientTransactionError')).toBe(true);
        await second.abortTransaction();
        await first.commitTransaction();
      }),
    );
    expect((await c.find().sort({ _id: 1 }).toArray()).map((d) => d.n)).toEqual([1, 1]);
  });

  it('lets withTransaction bring every one of ten rivals through', async () => {
    const c = await withDocs({ _id: 1, n: 0 });
    const log = await withDocs({ _id: 'first', n: 0 });
    await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        client.withSession((session) =>
          session.withTransaction(async () => {
            const before = (await c.findOne({ _id: 1 }, { session }))!.n;
            await c.updateOne({ _id: 1 }, { $set: { n: before + 1 } }, { session });
            await log.insertOne({ _id: i, n: before }, { session });
          }),
        ),
      ),
    );
    expect((await c.findOne({ _id: 1 }))?.n).toBe(10);
    const seen = (await log.find({ _id: { $ne: 'first' } }).toArray()).map((d) => d.n).sort((a, b) => a - b);
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  }, 60_000);

  onGateway('ends with the client that ran it', async () => {
    const c = await withDocs({ _id: 1, n: 0 });
    const raw = new RawClient(database.port);
    const lsid = { id: new UUID() };
    const answer = await raw.command({
      update: c.collectionName,
      updates: [{ q: { _id: 1 }, u: { $set: { n: 7 } } }],
      $db: db.databaseName,
      lsid,
      txnNumber: Long.fromNumber(1),
      autocommit: false,
      startTransaction: true,
    });
    expect(answer).toMatchObject({ ok: 1, nModified: 1 });
    raw.socket.destroy();
    await c.updateOne({ _id: 1 }, { $inc: { n: 1 } }, { maxTimeMS: 5000 });
    expect((await c.findOne({ _id: 1 }))?.n).toBe(1);
  });

  onGateway('ends when its time is up, and a lost PostgreSQL connection is told as worth a retry', async () => {
    const { socket } = database.places!;
    const transactions = { lifetime: 300, lockWait: 500 };
    const gateway = await startGateway({ port: 0, postgresHost: socket, postgresPort: 5432, transactions });
    const own = await new MongoClient(`mongodb://127.0.0.1:${gateway.port}`).connect();
    try {
      const c = own.db(db.databaseName).collection<Doc>('timed');
      await c.insertOne({ _id: 1, n: 0 });
      const session = own.startSession();
      session.startTransaction();
      await c.updateOne({ _id: 1 }, { $inc: { n: 5 } }, { session });
      // Waits in PostgreSQL for the document until the transaction's time is up.
      await c.updateOne({ _id: 1 }, { $inc: { n: 1 } });
      expect(await thrown(session.commitTransaction())).toMatchObject({ code: 251 });
      expect((await c.findOne({ _id: 1 }))?.n).toBe(1);

      session.startTransaction();
      await c.updateOne({ _id: 1 }, { $inc: { n: 5 } }, { session });
      const admin = new Client({ host: socket, port: 5432, user: 'postgres', database: 'postgres' });
      await admin.connect();
      await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction'");
      await admin.end();
      const lost = await thrown(c.findOne({ _id: 1 }, { session }));
      expect(lost.hasErrorLabel('TransientTransactionError')).toBe(true);
      await session.endSession();
      expect((await c.findOne({ _id: 1 }))?.n).toBe(1);
    } finally {
      await own.close();
      await gateway.close();
    }
  });
});

describe('writes from many sides', () => {
  it('lets one of 100 inserts of one id win', async () => {
    const c = await withDocs({ _id: 0, n: 0 });
    const results = await Promise.allSettled(Array.from({ length: 100 }, (_, i) => c.insertOne({ _id: 'one', n: i })));
    expect(results.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
    const codes = results.map((one) => (one.status === 'rejected' ? (one.reason as MongoServerError).code : 11000));
    expect(new Set(codes)).toEqual(new Set([11000]));
  });

  it('counts 500 increments of one document, upserts included', async () => {
    const c = await withDocs({ _id: 0, n: 0 });
    await Promise.all(
      Array.from({ length: 500 }, () => c.updateOne({ _id: 'sum' }, { $inc: { n: 1 } }, { upsert: true })),
    );
    expect((await c.findOne({ _id: 'sum' }))?.n).toBe(500);
  });

  it('runs a write that is sent twice once', async () => {
    const c = await withDocs({ _id: 1, n: 0 });
    const retried = (id: UUID, number: number): Record<string, unknown> => ({
      update: c.collectionName,
      updates: [{ q: { _id: 1 }, u: { $inc: { n: 1 } } }],
      $db: db.databaseName,
      lsid: { id },
      txnNumber: Long.fromNumber(number),
    });
    const [a, b] = [new RawClient(database.port), new RawClient(database.port)];
    const id = new UUID();
    const first = await a.command(retried(id, 1));
    expect(first).toMatchObject({ ok: 1, nModified: 1 });
    expect(await b.command(retried(id, 1))).toMatchObject({ ok: 1, nModified: 1 });
    expect((await c.findOne({ _id: 1 }))?.n).toBe(1);
    expect(await b.command(retried(id, 2))).toMatchObject({ ok: 1, nModified: 1 });
    expect((await a.command(retried(id, 1))).code).toBe(225);
    expect((await c.findOne({ _id: 1 }))?.n).toBe(2);
    a.socket.destroy();
    b.socket.destroy();
  });
});

interface Entry {
  resource: string;
  start: number;
  end: number;
  ref: string;
}

/** The claim of DESIGN.md §5: one conditional update that holds only if no entry of the resources overlaps. */
async function claim(
  pages: Collection<{ _id: string; rev: number; entries: Entry[] }>,
  page: string,
  wanted: Entry[],
): Promise<boolean> {
  const [{ start, end }] = wanted as [Entry];
  const resource = { $in: wanted.map((one) => one.resource) };
  const overlap = { $elemMatch: { resource, start: { $lt: end }, end: { $gt: start } } };
  const filter = { _id: page, entries: { $not: overlap } };
  const update = { $push: { entries: { $each: wanted } }, $inc: { rev: 1 } };
  try {
    const result = await pages.updateOne(filter, update, { upsert: true });
    return result.modifiedCount + result.upsertedCount === 1;
  } catch (error) {
    if ((error as MongoServerError).code !== 11000) throw error;
    return (await pages.updateOne(filter, update)).modifiedCount === 1;
  }
}

describe('claims', () => {
  it('keeps 2,000 overlapping attempts, 200 at a time, free of double bookings', async () => {
    const pages = db.collection<{ _id: string; rev: number; entries: Entry[] }>(`pages_${randomUUID()}`);
    let seed = 20270315;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const attempts = Array.from({ length: 2000 }, (_, i) => {
      const start = 480 + random(108) * 5;
      const end = start + 15 + random(10) * 5;
      const resources = [`provider${random(5)}`, `operatory${random(4)}`];
      const entries = resources.map((resource) => ({ resource, start, end, ref: `a${i}` }));
      return { page: `practice:location:2027-03-${10 + random(6)}`, entries };
    });
    let next = 0;
    const won = new Set<string>();
    const worker = async (): Promise<void> => {
      for (let attempt = attempts[next++]; attempt; attempt = attempts[next++]) {
        if (await claim(pages, attempt.page, attempt.entries)) won.add(attempt.entries[0]!.ref);
      }
    };
    const started = performance.now();
    await Promise.all(Array.from({ length: 200 }, worker));
    const rate = Math.round(2000 / ((performance.now() - started) / 1000));
    console.info(`claims: ${rate}/s, ${won.size} of 2000 won`);

    const booked = new Set<string>();
    let overlaps = 0;
    for (const { entries } of await pages.find().toArray()) {
      for (const one of entries) {
        booked.add(one.ref);
        const rivals = entries.filter((other) => other.ref !== one.ref && other.resource === one.resource);
        overlaps += rivals.filter((other) => other.start < one.end && one.start < other.end).length;
      }
    }
    expect(overlaps).toBe(0);
    expect(booked).toEqual(won);
    expect(won.size).toBeGreaterThan(100);
    expect(won.size).toBeLessThan(1900);
  }, 60_000);
});

describe('the wire', () => {
  const header = (length: number, opCode = 2013): Buffer => {
    const bytes = Buffer.alloc(16);
    bytes.writeInt32LE(length, 0);
    bytes.writeInt32LE(opCode, 12);
    return bytes;
  };
  const ping = opMsg({ ping: 1, $db: 'admin' });
  const cases: [string, Buffer][] = [
    ['a negative length', header(-1)],
    ['a length shorter than a header', header(10)],
    ['a length of 64 MB', header(64_000_000)],
    ['an unknown operation', Buffer.concat([header(32, 4711), Buffer.alloc(16)])],
    ['garbage', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    [
      'a body longer than its message',
      Buffer.concat([ping.subarray(0, 21), Buffer.from([255, 0, 0, 0]), ping.subarray(25)]),
    ],
    ['a section of unknown kind', Buffer.concat([ping.subarray(0, 20), Buffer.from([9]), ping.subarray(21)])],
  ];

  onGateway.each(cases)('closes the connection on %s and serves the others', async (_name, bytes) => {
    const raw = new RawClient(database.port);
    raw.socket.write(bytes);
    await raw.closed;
    expect(await db.command({ ping: 1 })).toMatchObject({ ok: 1 });
  });

  it('survives a client that goes in the middle of a message', async () => {
    const raw = new RawClient(database.port);
    await raw.command({ ping: 1, $db: 'admin' });
    raw.socket.end(ping.subarray(0, 30));
    raw.socket.resume();
    await raw.closed;
    expect(await db.command({ ping: 1 })).toMatchObject({ ok: 1 });
  });

  onGateway('takes bytes one by one, messages in one piece, checksums and commands that want no answer', async () => {
    const raw = new RawClient(database.port);
    for (const byte of ping) raw.socket.write(Buffer.from([byte]));
    expect(await raw.answer()).toMatchObject({ ok: 1 });
    const silent = opMsg({ ping: 1, $db: 'admin' }, 2);
    const checked = opMsg({ buildInfo: 1, $db: 'admin' }, 1);
    raw.socket.write(Buffer.concat([silent, checked, opMsg({ nonsense: 1, $db: 'admin' })]));
    expect(await raw.answer()).toHaveProperty('version');
    expect(await raw.answer()).toMatchObject({ code: 59 });
    raw.socket.destroy();
  });
});
