import { Global, Module } from '@nestjs/common';
import { CatalogModule, PracticeLocations } from '../../src/catalog/index.js';
import { mintTenantScope, newId, type TenantScope } from '../../src/kernel/index.js';
import { Persistence } from '../../src/persistence/index.js';
import { testEnvironment } from './config.js';
import type { ApiAnswer } from './api.js';
import { startRooms, type Rooms } from './rooms.js';

/** The two locations that every practice of these specs has. */
export const here = newId('location', 1);
export const there = newId('location', 2);

@Global()
@Module({
  providers: [{ provide: PracticeLocations, useValue: { known: () => Promise.resolve(new Set([here, there])) } }],
  exports: [PracticeLocations],
})
class TwoLocations {}

let serial = 0;
export const newPractice = () => newId('practice', ++serial);
export const scopeOf = (practice: string): TenantScope => mintTenantScope(practice, { kind: 'system', id: 'spec' });

export const operatory = (name = 'Operatory 1', locationId = here) => ({ name, locationId });

export const provider = (operatoryIds: string[], more: object = {}) => ({
  displayName: 'Dr. Ada Park',
  firstName: 'Ada',
  lastName: 'Park',
  email: 'ada@example.com',
  role: 'dentist',
  operatoryIds,
  locationIds: [here],
  ...more,
});

export const reason = (providerIds: string[], operatoryIds: string[], more: object = {}) => ({
  name: 'New patient exam',
  durationMinutes: 45,
  patientTypes: ['new'],
  providerIds,
  operatoryIds,
  ...more,
});

/** Two processes' worth of the catalogue over one database. */
export class CatalogUnderTest {
  one!: Rooms;
  two!: Rooms;

  async start(): Promise<void> {
    const env = testEnvironment();
    this.one = await startRooms([TwoLocations, CatalogModule], env);
    this.two = await startRooms([TwoLocations, CatalogModule], env);
  }

  async stop(): Promise<void> {
    await this.two?.stop(false);
    await this.one?.stop();
  }

  async made(practice: string, path: string, body: object): Promise<ApiAnswer['body']> {
    const answer = await this.one.call(practice, 'POST', `/v1/${path}`, body);
    expect([answer.status, answer.body?.detail]).toEqual([201, undefined]);
    return answer.body;
  }

  /** A practice with one operatory, one provider and one reason. */
  async smallPractice() {
    const practice = newPractice();
    const chair = await this.made(practice, 'operatories', operatory());
    const doctor = await this.made(practice, 'providers', provider([chair.id]));
    const visit = await this.made(practice, 'reasons', reason([doctor.id], [chair.id]));
    return { practice, chair, doctor, visit };
  }

  /** Everything of the practice as it lies in the database, events included; to see that nothing has changed. */
  async stored(practice: string): Promise<string> {
    const db = this.one.app.get(Persistence).connection.db!;
    const names = ['providers', 'operatories', 'reasons', 'carriers', 'referrers', 'insurance_settings'];
    const owned = { $or: [{ tenantId: practice }, { _id: practice as never }] };
    const rows: Promise<object[]>[] = names.map((name) => db.collection(name).find(owned).sort({ _id: 1 }).toArray());
    rows.push(db.collection('events').find({ tenantId: practice }).project({ type: 1 }).sort({ _id: 1 }).toArray());
    return JSON.stringify(await Promise.all(rows));
  }
}
