import type { Type } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Catalog } from '../../src/catalog/index.js';
import { DemoBook } from '../../src/demo/demo-book.js';
import { LOCATION } from '../../src/demo/demo-practice.js';
import { mintTenantScope, Problem, type TenantScope } from '../../src/kernel/index.js';
import { Patients } from '../../src/patients/index.js';
import { UnitOfWork, type Filter } from '../../src/persistence/index.js';
import { WorkRepository, type WorkRow } from '../../src/queues/index.js';
import {
  AppointmentRepository,
  Appointments,
  Availability,
  Bookings,
  type Appointment,
  type Slot,
  type SlotRef,
} from '../../src/scheduling/index.js';
import { Exports, type Export } from '../../src/sync/push/export.schema.js';
import { Sites, type Site } from '../../src/sync/site/site.js';
import { Agencies, Locations, Practices } from '../../src/tenants/index.js';
import { startApp, type RunningApp } from './app.js';
import { practiceSystem, type PracticeSystem } from './practice-system.js';
import { ShiftingClock } from './shifting-clock.js';
import { somebody } from './visitor.js';

/** A day on which everything is open; 8 o'clock where the practices are. */
const MONDAY = Date.UTC(2027, 2, 8, 14);
/** How often practice systems are asked for what is new. */
export const POLL_MS = 30_000;

/** The application in this process, under a clock that is set from here, for practices with a practice system each. */
export class SyncedApp {
  private constructor(
    readonly clock: ShiftingClock,
    private readonly running: RunningApp,
  ) {}

  static async start(): Promise<SyncedApp> {
    const clock = new ShiftingClock(MONDAY);
    return new SyncedApp(clock, await startApp({ clock, env: { SYNC_POLL_SECONDS: String(POLL_MS / 1_000) } }));
  }

  stop(): Promise<void> {
    return this.running.stop();
  }

  get<T>(token: Type<T>): T {
    return this.running.app.get(token, { strict: false });
  }

  practice(name: string): Promise<SyncedPractice> {
    return SyncedPractice.create(this.running.app, this.clock, name);
  }

  /** What the sync works on for a practice. */
  site({ scope, system }: SyncedPractice): Promise<Site> {
    return this.get(Sites).of(scope, system.connection);
  }
}

/** A practice of an agency of its own, with one location whose hours come from elsewhere. */
export async function newPractice(app: NestExpressApplication, name: string, actorId: string): Promise<TenantScope> {
  const practiceId = await app.get(UnitOfWork).run(async (tx) => {
    const owner = { email: `${name}@example.com`, name: 'Robin Vale' };
    const { scope: agency } = await app.get(Agencies).create(tx, name, owner);
    const practice = await app.get(Practices).create(agency, tx, name);
    await app.get(Locations).create(mintTenantScope(practice._id, agency.actor), tx, { ...LOCATION, hours: [] });
    return practice._id;
  });
  return mintTenantScope(practiceId, { kind: 'system', id: actorId });
}

/** A practice with a sandbox practice system of its own, used from within the process, as fast as it goes. */
export class SyncedPractice {
  private constructor(
    private readonly app: NestExpressApplication,
    private readonly clock: ShiftingClock,
    readonly scope: TenantScope,
    readonly system: PracticeSystem,
  ) {}

  static async create(app: NestExpressApplication, clock: ShiftingClock, name: string): Promise<SyncedPractice> {
    const scope = await newPractice(app, name, 'chaos');
    await app.get(DemoBook, { strict: false }).open(scope);
    return new SyncedPractice(app, clock, scope, await practiceSystem(app, scope.tenantId));
  }

  async patients(count: number): Promise<string[]> {
    const made: string[] = [];
    for (let n = 0; n < count; n += 1) {
      const person = { ...somebody(), dateOfBirth: '1990-04-23' };
      made.push((await this.run((tx) => this.app.get(Patients).create(this.scope, tx, person)))._id);
    }
    return made;
  }

  /** Free times of every reason for grown-ups on some days, in a fixed but mixed order. */
  async slots(from: string, days: number): Promise<Slot[]> {
    const { reasons } = await this.app.get(Catalog).snapshot(this.scope);
    const found: Slot[] = [];
    for (const { _id: reasonId } of reasons.filter(({ maxAge }) => maxAge === null)) {
      const answer = await this.app.get(Availability).search(this.scope, { reasonId, from, days, byStaff: true });
      found.push(...answer.days.flatMap((day) => day.slots));
    }
    return found.sort((a, b) => (hash(a.id) < hash(b.id) ? -1 : 1));
  }

  /** Staff book a time; null when it has just been taken. */
  async book(ref: SlotRef, patientId: string): Promise<Appointment | null> {
    const bookings = this.app.get(Bookings);
    const who = { dateOfBirth: '1990-04-23', patientType: 'new', channel: 'api' } as const;
    // What is plainly taken is passed over before alternatives are sought.
    const free = await this.app.get(Availability).offered(this.scope, ref, { byStaff: true });
    if (!free) return null;
    return this.unlessRefused(async () => {
      const opened = await bookings.openTime(this.scope, ref, who as never);
      return this.run((tx) =>
        bookings.confirm(this.scope, tx, opened, async () => ({ ...who, patientId, bookedBy: 'chaos' }) as never),
      );
    });
  }

  move(id: string, ref: SlotRef): Promise<Appointment | null> {
    return this.unlessRefused(() => this.app.get(Appointments).reschedule(this.scope, id, ref, { channel: 'api' }));
  }

  act(id: string, action: 'cancel' | 'confirm'): Promise<Appointment | null> {
    const why = { channel: 'api', reason: action === 'cancel' ? 'other' : null } as const;
    return this.unlessRefused(() => this.app.get(Appointments).act(this.scope, id, action, why));
  }

  appointments(): Promise<Appointment[]> {
    return this.app
      .get(AppointmentRepository)
      .forTenant(this.scope)
      .find({}, { sort: { createdAt: 1 } });
  }

  exports(filter: Partial<Export> = {}): Promise<Export[]> {
    return this.app
      .get(Exports)
      .forTenant(this.scope)
      .find(filter as Filter<Export>);
  }

  /** Waits until nothing is to be written any more; time leaps to what is due while nobody works. */
  async drained(): Promise<void> {
    let quiet = 0;
    while (quiet < 2) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const work = this.app.get(WorkRepository).forTenant(this.scope);
      const busy = await work.exists({ leaseToken: { $ne: null } } as Filter<WorkRow>);
      const events = await work.exists({ state: 'ready', kind: { $regex: '^consume' } } as Filter<WorkRow>);
      const pending = await this.app.get(Exports).forTenant(this.scope).count({ status: 'pending' });
      if (busy || events || pending > 0) quiet = 0;
      else quiet += 1;
      const next = await work.findOne({ state: 'ready', kind: 'sync.push' } as Filter<WorkRow>, { sort: { dueAt: 1 } });
      if (!busy && pending > 0 && next) this.clock.advance(Math.max(0, next.dueAt - this.clock.now()));
    }
  }

  /** Sets the clock ahead while nobody works. */
  async pass(ms: number): Promise<void> {
    const work = this.app.get(WorkRepository).forTenant(this.scope);
    while (await work.exists({ leaseToken: { $ne: null } } as Filter<WorkRow>))
      await new Promise((resolve) => setTimeout(resolve, 20));
    this.clock.advance(ms);
  }

  private run<T>(
    work: Parameters<UnitOfWork['run']>[0] extends (tx: infer X) => unknown ? (tx: X) => Promise<T> : never,
  ) {
    return this.app.get(UnitOfWork).run(work);
  }

  private async unlessRefused<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Problem && error.status === 409) return null;
      throw error;
    }
  }
}

/** A fixed mix. */
function hash(text: string): number {
  let value = 2_166_136_261;
  for (const sign of text) value = Math.imul(value ^ sign.charCodeAt(0), 16_777_619);
  return value >>> 0;
}
