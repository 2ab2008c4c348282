import { randomBytes } from 'node:crypto';
import type { ClientSession, Collection, Db, Document, WithId } from 'mongodb';
import { until } from '../harness/until.js';
import { copyOf } from './copies.js';

/** Rows have text ids, as everywhere in the platform. */
interface Row extends Document {
  _id: string;
}
type Rows = Collection<Row>;

/** More than the platform's 31, because this is faster: pages that grow alike cost alike. */
const DAYS = 78;
const MINUTES = 5;
/** As long as the platform's ids. */
const [PROVIDER, OPERATORY, LOCATION] = ['provider', 'operatory', 'location'].map((name) => name.padEnd(30, '.'));
/** As many events as the platform passes on together at such a rate. */
const PASSED_TOGETHER = 10;

/** What one booking over HTTP has left in the database. */
interface Sample {
  /** The page as it was between the two. */
  page: Row & { entries: Document[]; holds: Document[] };
  appointment: Row;
  event: Row;
  record: Row;
  work: Row[];
}

/**
 * The writes of a hold and its booking, made straight through the driver, without asking whether they may be: one conditional
 * update for the hold; one transaction for page, appointment, event and (twice) the idempotency record; and for some events
 * at a time one that leaves the consumers' work and takes the events out of the outbox. Rows are as large as the platform's and
 * their collections have the same indexes.
 */
export class DriverWrites {
  private serial = 0;
  private waiting: string[] = [];
  private passing: Promise<void> = Promise.resolve();

  private constructor(
    private readonly db: Db,
    private readonly sample: Sample,
    private readonly rows: Record<'pages' | 'appointments' | 'events' | 'records' | 'work', Rows>,
  ) {}

  /** `hold` and `book` do it once over HTTP; what they leave is the model. */
  static async like(
    db: Db,
    hold: () => Promise<string>,
    book: (holdId: string) => Promise<string>,
  ): Promise<DriverWrites> {
    const of = (name: string): Rows => db.collection<Row>(name);
    const holdId = await hold();
    const page = (await of('pages').findOne({ 'holds.id': holdId })) as unknown as Sample['page'];
    const appointmentId = await book(holdId);
    const event = (await of('events').findOne({ 'subject.id': appointmentId })) as WithId<Row>;
    const work = await until(
      () => of('due_work').find({ 'payload.eventId': event._id }).toArray(),
      (found) => found.length > 0,
    );
    const sample: Sample = {
      page,
      appointment: (await of('appointments').findOne({ _id: appointmentId })) as Row,
      event: { ...event, pending: true },
      record: (await of('idempotency').findOne({}, { sort: { createdAt: -1 } })) as Row,
      work,
    };
    const pages = await copyOf<Row>(db, 'pages');
    const blank = { ...page, entries: [], holds: [] };
    await pages.insertMany(
      Array.from({ length: DAYS }, (_, day) => ({ ...blank, _id: `bench:${day}`, date: `day ${day}` })),
    );
    return new DriverWrites(db, sample, {
      pages,
      appointments: await copyOf<Row>(db, 'appointments'),
      events: await copyOf<Row>(db, 'events'),
      records: await copyOf<Row>(db, 'idempotency'),
      work: await copyOf<Row>(db, 'due_work'),
    });
  }

  async holdAndBook(): Promise<void> {
    const slot = this.serial++;
    const page = `bench:${slot % DAYS}`;
    const start = Math.floor(slot / DAYS) * MINUTES;
    const holdId = randomBytes(13).toString('hex');
    await this.hold(page, start, holdId);
    const eventId = await this.inTransaction((session) => this.book(page, start, holdId, session));
    this.waiting.push(eventId);
    if (this.waiting.length >= PASSED_TOGETHER) this.passOn(this.waiting.splice(0));
  }

  /** Waits for what was begun in the background. */
  done(): Promise<void> {
    return this.passing;
  }

  private async hold(page: string, start: number, holdId: string): Promise<void> {
    const { entries, holds } = this.sample.page;
    const like = entries.find(({ kind }) => kind === 'hold');
    const taken = [PROVIDER, OPERATORY].map((resource) => ({
      ...like,
      resource,
      start,
      end: start + MINUTES,
      ref: holdId,
    }));
    const hold = { ...holds.at(-1), id: holdId };
    const free = nothingOverlaps(start, holdId);
    await this.rows.pages.updateOne({ ...free, _id: page }, {
      $push: { entries: { $each: taken }, holds: hold },
      ...stamp(),
    } as never);
  }

  private async book(page: string, start: number, holdId: string, session: ClientSession): Promise<string> {
    const { appointment, event, record } = this.sample;
    const [appointmentId, eventId, recordId] = [holdId, `evt_${holdId}`, `key_${holdId}`];
    await this.rows.records.insertOne({ ...record, _id: recordId, reply: null }, { session });
    const alive = { entries: { $elemMatch: { ref: holdId, expiresAt: { $gt: 0 } } } };
    await this.rows.pages.updateOne(
      { $and: [alive, nothingOverlaps(start, holdId)], _id: page },
      {
        $set: { 'entries.$[mine].kind': 'appointment', 'entries.$[mine].ref': appointmentId, ...stamp().$set },
        $unset: { 'entries.$[mine].expiresAt': 1 },
        $pull: { holds: { id: holdId } },
        $inc: { version: 1 },
      } as never,
      { session, arrayFilters: [{ 'mine.ref': holdId }] },
    );
    await this.rows.appointments.insertOne({ ...appointment, _id: appointmentId, holdId }, { session });
    const subject = { kind: 'appointment', id: appointmentId };
    await this.rows.events.insertOne({ ...event, _id: eventId, subject }, { session });
    await this.rows.records.updateOne(
      { _id: recordId },
      { $set: { reply: record['reply'], ...stamp().$set }, $inc: { version: 1 } },
      { session },
    );
    return eventId;
  }

  private passOn(eventIds: string[]): void {
    const work = eventIds.flatMap((eventId) =>
      this.sample.work.map((row, index) => ({ ...row, _id: `${index}:${eventId}`, payload: { eventId } })),
    );
    this.passing = this.passing.then(() =>
      this.inTransaction(async (session) => {
        await this.rows.work.insertMany(work, { session });
        await this.rows.events.updateMany(
          { _id: { $in: eventIds }, pending: true },
          { $unset: { pending: 1 } },
          { session },
        );
      }),
    );
  }

  private async inTransaction<T>(work: (session: ClientSession) => Promise<T>): Promise<T> {
    return this.db.client.withSession((session) => session.withTransaction(() => work(session)));
  }
}

/** The condition of a claim for two resources, as the platform's book writes it. */
function nothingOverlaps(start: number, ignore: string): Document {
  const guarded = [PROVIDER, OPERATORY];
  const met = {
    resource: { $in: [LOCATION, ...guarded] },
    start: { $lt: start + MINUTES },
    end: { $gt: start },
    ref: { $ne: ignore },
    $or: [
      { resource: { $in: guarded }, kind: { $ne: 'block' }, expiresAt: { $exists: false } },
      { resource: { $in: guarded }, expiresAt: { $gt: Date.now() } },
      { kind: 'block', 'block.reasonIds': { $ne: '' } },
    ],
  };
  return { entries: { $not: { $elemMatch: met } } };
}

function stamp() {
  return { $set: { updatedAt: Date.now() }, $inc: { version: 1 } };
}
