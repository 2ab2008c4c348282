import { Global, Module } from '@nestjs/common';
import { ownDatabase, testEnvironment } from '../../test/harness/config.js';
import { startRooms, type Rooms } from '../../test/harness/rooms.js';
import { mintTenantScope, newId } from '../kernel/index.js';
import { CatalogModule } from './index.js';
import { PracticeLocations } from './shared/practice-locations.js';

const loc = newId('location', 1);
@Global()
@Module({
  providers: [{ provide: PracticeLocations, useValue: { known: async () => new Set([loc]) } }],
  exports: [PracticeLocations],
})
class Loc {}

describe('catalog', () => {
  let rooms: Rooms;
  beforeAll(async () => (rooms = await startRooms([Loc, CatalogModule], testEnvironment())));
  afterAll(() => rooms.stop());
  it('x', async () => {
    const p = newId('practice', 1);
    const o = await rooms.call(p, 'POST', '/v1/operatories', { name: 'Op', locationId: loc });
    console.log(o.status, o.body);
    const d = await rooms.call(p, 'POST', '/v1/providers', {
      displayName: 'Dr',
      firstName: 'A',
      lastName: 'B',
      email: 'a@b.co',
      role: 'dentist',
      operatoryIds: [o.body.id],
      locationIds: [loc],
    });
    console.log(d.status, JSON.stringify(d.body));
    const r = await rooms.call(p, 'POST', '/v1/reasons', {
      name: 'Exam',
      durationMinutes: 30,
      patientTypes: ['new'],
      providerIds: [d.body.id],
      operatoryIds: [o.body.id],
    });
    console.log(r.status, r.body);
    const x = await rooms.call(p, 'DELETE', '/v1/operatories/' + o.body.id);
    console.log(x.status, x.body);
    console.log((await rooms.call(p, 'PATCH', '/v1/reasons/' + r.body.id, { name: null })).body);
    console.log((await rooms.call(p, 'PATCH', '/v1/reasons/' + r.body.id, { pattern: 'XX/' })).body);
    console.log((await rooms.call(p, 'GET', '/v1/reasons')).body);
    console.log((await rooms.call(p, 'GET', '/v1/carriers/suggestions?q=de')).body);
    console.log((await rooms.call(p, 'PATCH', '/v1/insurance-settings', { acceptOther: false })).body);
  });
});
