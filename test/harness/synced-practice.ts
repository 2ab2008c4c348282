import type { NestExpressApplication } from '@nestjs/platform-express';
import { DemoBook } from '../../src/demo/demo-book.js';
import { LOCATION } from '../../src/demo/demo-practice.js';
import { mintTenantScope, type TenantScope } from '../../src/kernel/index.js';
import { UnitOfWork } from '../../src/persistence/index.js';
import { Agencies, Locations, Practices } from '../../src/tenants/index.js';
import { BookedPractice } from './booked-practice.js';
import { practiceSystem, type PracticeSystem } from './practice-system.js';
import type { ShiftingClock } from './shifting-clock.js';

/** A practice with a sandbox practice system of its own. */
export class SyncedPractice extends BookedPractice {
  private constructor(
    app: NestExpressApplication,
    clock: ShiftingClock,
    scope: TenantScope,
    readonly system: PracticeSystem,
  ) {
    super(app, clock, scope);
  }

  static async create(app: NestExpressApplication, clock: ShiftingClock, name: string): Promise<SyncedPractice> {
    const scope = await newPractice(app, name);
    await app.get(DemoBook, { strict: false }).open(scope);
    return new SyncedPractice(app, clock, scope, await practiceSystem(app, scope.tenantId));
  }
}

/** A practice of one location, with nothing in it yet. */
export async function newPractice(app: NestExpressApplication, name: string): Promise<TenantScope> {
  const practiceId = await app.get(UnitOfWork).run(async (tx) => {
    const owner = { email: `${name}@example.com`, name: 'Robin Vale' };
    const { scope: agency } = await app.get(Agencies).create(tx, name, owner);
    const practice = await app.get(Practices).create(agency, tx, name);
    await app.get(Locations).create(mintTenantScope(practice._id, agency.actor), tx, { ...LOCATION, hours: [] });
    return practice._id;
  });
  return mintTenantScope(practiceId, { kind: 'system', id: 'chaos' });
}
