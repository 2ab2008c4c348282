import { Redis } from 'ioredis';
import { ownDatabase } from './harness/config.js';
import { DemoPlatform } from './harness/demo.js';
import type { Answer } from './harness/http.js';
import { InboxProcess } from './harness/inbox.js';
import { until } from './harness/until.js';
import { somebody, type TestVisitor } from './harness/visitor.js';
import { overlapsIn, type StoredVisit } from './oracles/overlaps.js';

const BOOKINGS = 200;
const AT_ONCE = 16;
/** After so many acknowledged bookings the fault strikes. */
const FAULTS_AT = [40, 100, 150];
const REDIS_DATABASE = 7;

interface StoredAppointment extends StoredVisit {
  _id: unknown;
  bookedBy: string;
}

/** Guarantee: what was acknowledged exists once, was told once and was mailed once, whatever is killed or emptied. */
describe('200 bookings', () => {
  let inbox: InboxProcess;
  let demo: DemoPlatform;
  let redis: Redis;
  let redisUrl: string;

  beforeAll(async () => {
    inbox = await InboxProcess.start();
    // A Redis database of its own: emptying it must not disturb the suites that run beside this one.
    const url = new URL(process.env['REDIS_URL'] as string);
    url.pathname = `/${REDIS_DATABASE}`;
    redisUrl = url.toString();
    redis = new Redis(redisUrl);
  });
  beforeEach(async () => {
    demo = await DemoPlatform.start({ env: { ...inbox.env, REDIS_URL: redisUrl, MONGODB_URI: ownDatabase() } });
  }, 60_000);
  afterEach(() => demo.stop());
  afterAll(async () => {
    await inbox.stop();
    redis.disconnect();
  });

  const faults: [string, () => Promise<void>][] = [
    [
      'kill -9 of the process',
      async () => {
        await demo.app.end('SIGKILL');
        await demo.app.start();
      },
    ],
    ['an emptied Redis', async () => void (await redis.flushdb())],
  ];

  it.each(faults)(
    'survive %s',
    async (_what, strike) => {
      const visitors = await Promise.all(Array.from({ length: BOOKINGS }, () => demo.visitor()));
      const slots = await slotsOf(visitors[0] as TestVisitor);
      const acknowledged = new Map<string, string>();
      const pending = [...FAULTS_AT];
      let striking: Promise<void> | undefined;
      const bookOne = async (visitor: TestVisitor) => {
        const person = somebody();
        const appointmentId = await bookSurely(visitor, person, slots);
        acknowledged.set(appointmentId, person.email);
        if (acknowledged.size >= (pending[0] ?? Infinity)) {
          pending.shift();
          striking = strike();
          await striking;
        }
      };
      const waiting = [...visitors];
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          for (let next = waiting.pop(); next; next = waiting.pop()) await bookOne(next);
        }),
      );
      expect([acknowledged.size, pending]).toEqual([BOOKINGS, []]);

      const stored = await demo.db.collection<StoredAppointment>('appointments').find().toArray();
      expect(stored.map(({ _id }) => String(_id)).sort()).toEqual([...acknowledged.keys()].sort());
      expect(overlapsIn(stored)).toEqual([]);

      await until(
        () => demo.db.collection('events').countDocuments({ pending: true }),
        (left) => left === 0,
      );
      await until(
        () => demo.db.collection('due_work').countDocuments({ state: 'ready', dueAt: { $lte: Date.now() } }),
        (left) => left === 0,
      );
      const events = await demo.db.collection('events').find({ type: 'appointment.booked' }).toArray();
      expect(events.map(({ subject }) => String(subject.id)).sort()).toEqual([...acknowledged.keys()].sort());
      const receipts = await demo.db
        .collection('due_work')
        .find({ kind: 'consume.messaging', state: 'done', 'payload.eventId': { $in: events.map(({ _id }) => _id) } })
        .toArray();
      expect(new Set(receipts.map(({ payload }) => payload.eventId)).size).toBe(BOOKINGS);
      expect(receipts).toHaveLength(BOOKINGS);

      const addresses = [...acknowledged.values()];
      const received = (await inbox.messages('@example.com')).flatMap(({ to }) => to);
      expect(received.filter((address) => addresses.includes(address)).sort()).toEqual(addresses.sort());
    },
    240_000,
  );
});

/** Every slot of the demo practice, in an order without meaning, so that the bookings spread over the pages. */
async function slotsOf(visitor: TestVisitor): Promise<string[]> {
  const names = ['Tooth pain', 'Cleaning and check-up'];
  const found = await Promise.all(names.map(async (name) => visitor.slots(await visitor.reasonId(name), 31)));
  return found
    .flat()
    .map(({ id }, index) => ({ id, order: (index * 7_919) % 10_007 }))
    .sort((a, b) => a.order - b.order)
    .map(({ id }) => id);
}

/** Books as a careful client does: the same key until there is an answer, another time when this one is taken. */
async function bookSurely(visitor: TestVisitor, person: object, slots: string[]): Promise<string> {
  for (let slot = slots.pop(); slot; slot = slots.pop()) {
    const wanted = slot;
    const hold = await answered(() => visitor.hold(wanted, { 'idempotency-key': `hold-${wanted}` }));
    if (hold.status !== 201) continue;
    const key = { 'idempotency-key': `book-${hold.body.id}` };
    const booked = await answered(() => visitor.book(hold.body.id, person, key));
    if (booked.status === 201) return booked.body.appointment.id;
    throw new Error(`a held time was not booked: ${JSON.stringify(booked.body)}`);
  }
  throw new Error('no slot is left');
}

/** Repeats a request whose answer is lost or says "later". */
async function answered<T>(request: () => Promise<Answer<T>>): Promise<Answer<T>> {
  const lost = { status: 0 } as Answer<T>;
  return until(
    () => request().catch(() => lost),
    ({ status, body }) => status !== 0 && status < 500 && !isInProgress(body),
  );
}

function isInProgress(body: unknown): boolean {
  return (body as { code?: string } | undefined)?.code === 'idempotency_in_progress';
}
