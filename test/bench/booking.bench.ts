import { randomBytes } from 'node:crypto';
import type { Db, IndexDescription, MongoClient } from 'mongodb';
import type { TestVisitor } from '../harness/visitor.js';
import { Fetcher } from './fetcher.js';
import { rateOf, type Row } from './measure.js';
import { crewOf, openStand, pagesOf, type Stand } from './stand.js';

const MINUTE_MS = 60_000;
const CALLERS = 4;
const BOOKERS = 200;

interface Slot {
  id: string;
  start: string;
  providerId: string;
}

/** A hold and its booking over HTTP beside the same writes made straight through the driver. */
export async function bookingRow(): Promise<Row> {
  const stand = await openStand();
  try {
    const { practice } = stand;
    const crew = await crewOf(practice, 8, 8);
    const reason = await practice.reason(crew.providerIds, crew.operatoryIds, { durationMinutes: 5, stepMinutes: 5 });
    const patient = await practice.ok('POST', 'patients', {
      ...{ firstName: 'Ada', lastName: 'Lane', dateOfBirth: '1990-04-23', email: 'ada@example.com' },
    });
    const found = await practice.ok('GET', `availability?reasonId=${reason.id}&days=31&anyProvider=false`);
    // As the driver below, one day after the other: callers who want the same page are the race's subject.
    const all = (found.days as { slots: Slot[] }[]).flatMap(({ slots }) => slots);
    const turn = ({ start, providerId }: Slot): string => start.slice(11) + providerId + start;
    const free = all.sort((a, b) => (turn(a) < turn(b) ? -1 : 1));
    const fetcher = new Fetcher(practice.baseUrl, practice.apiKey);
    const booking = await rateOf(
      async () => {
        const hold = await fetcher.post('holds', { slotId: free.pop()?.id });
        await fetcher.post('appointments', { holdId: hold['id'], patientId: patient.id, patientType: 'new' });
      },
      { concurrency: CALLERS, seconds: 6, warmUpSeconds: 2 },
    );
    const driver = await driverRate(stand);
    const ratio = booking.perSecond / driver.perSecond;
    return {
      what: 'hold + booking over HTTP beside the same writes through the driver',
      bar: '≥ 0.4',
      ratio,
      met: ratio >= 0.4,
      details: { booking, driver, callers: CALLERS },
    };
  } finally {
    await stand.platform.stop();
  }
}

/** One conditional update for the hold; then one transaction: page, appointment, event, idempotency record twice. */
async function driverRate(stand: Stand) {
  const { db } = stand.platform;
  const pages = pagesOf(stand);
  const copies = { appointments: 'bench_appointments', events: 'bench_events', idempotency: 'bench_records' };
  for (const [like, name] of Object.entries(copies)) await createLike(db, like, name);
  await pages.insertMany(Array.from({ length: 31 }, (_, day) => ({ _id: `bench:${day}`, entries: [], holds: [] })));
  let serial = 0;
  const sample = await db.collection('appointments').findOne({});
  const record = await db.collection('idempotency').findOne({});
  const event = await db.collection('events').findOne({ type: 'appointment.booked' });
  return rateOf(
    async () => {
      const id = randomBytes(12).toString('hex');
      const slot = serial++;
      const page = `bench:${slot % 31}`;
      const start = Math.floor(slot / 31) * 5;
      const entries = ['provider', 'operatory'].map((resource) => ({ resource, start, end: start + 5, ref: id }));
      const overlapping = {
        resource: { $in: ['provider', 'operatory'] },
        start: { $lt: start + 5 },
        end: { $gt: start },
      };
      await pages.updateOne({ _id: page, entries: { $not: { $elemMatch: overlapping } } }, {
        $push: { entries: { $each: entries }, holds: { id } },
      } as never);
      await inTransaction(db.client, async (session) => {
        const options = { session };
        await db.collection('bench_records').insertOne({ ...record, _id: id as never, reply: null }, options);
        await pages.updateOne(
          { _id: page },
          { $set: { 'entries.$[mine].kind': 'appointment' }, $pull: { holds: { id } } } as never,
          { ...options, arrayFilters: [{ 'mine.ref': id }] },
        );
        await db.collection('bench_appointments').insertOne({ ...sample, _id: id as never, holdId: id }, options);
        await db
          .collection('bench_events')
          .insertOne({ ...event, _id: id as never, subject: { kind: 'appointment', id } }, options);
        await db.collection('bench_records').updateOne({ _id: id as never }, { $set: { reply: sample } }, options);
      });
    },
    { concurrency: CALLERS, seconds: 6, warmUpSeconds: 2 },
  );
}

/** An empty collection with the indexes of another one: the same writes cost the same. */
async function createLike(db: Db, like: string, name: string): Promise<void> {
  const collection = await db.createCollection(name);
  const indexes = (await db.collection(like).indexes()).filter(({ name }) => name !== '_id_');
  if (indexes.length > 0)
    await collection.createIndexes(indexes.map(({ v: _, ...index }) => index) as IndexDescription[]);
}

type Session = ReturnType<MongoClient['startSession']>;

async function inTransaction(client: MongoClient, work: (session: Session) => Promise<void>): Promise<void> {
  const session = client.startSession();
  try {
    await session.withTransaction(() => work(session));
  } finally {
    await session.endSession();
  }
}

/** 200 bookers, one slot, two processes: one gets it, nobody sees a fault. */
export async function raceRow(rounds: number): Promise<Row> {
  // With workers: whoever books waits for the practice system's first answer.
  const stand = await openStand(2, 'all');
  try {
    const { platform } = stand;
    const visitors = await Promise.all(
      Array.from({ length: BOOKERS }, (_, i) => platform.visitor(platform.processes[i % 2])),
    );
    const [first] = visitors as [TestVisitor];
    const reasonId = await first.reasonId('Tooth pain');
    const outcomes: Record<string, number> = {};
    let single = 0;
    const begin = performance.now();
    for (let round = 0; round < rounds; round++) {
      const slots = await first.slots(reasonId, 31);
      const wanted = slots[Math.floor(slots.length / 2)] as { id: string };
      const answers = await Promise.all(visitors.map((visitor) => visitor.hold(wanted.id)));
      for (const { status } of answers) outcomes[status] = (outcomes[status] ?? 0) + 1;
      const winners = answers.flatMap(({ status }, index) => (status === 201 ? [index] : []));
      if (winners.length !== 1) continue;
      const winner = winners[0] as number;
      const booked = await (visitors[winner] as TestVisitor).book(answers[winner]?.body.id ?? '');
      if (booked.status === 201) single++;
    }
    const faults = Object.keys(outcomes).filter((status) => status.startsWith('5'));
    return {
      what: `${BOOKERS} bookers × one slot × ${rounds} rounds × 2 processes`,
      bar: 'exactly one each, no 5xx',
      ratio: null,
      met: single === rounds && faults.length === 0,
      details: { roundsWithOneWinner: single, outcomes, minutes: (performance.now() - begin) / MINUTE_MS },
    };
  } finally {
    await stand.platform.stop();
  }
}
