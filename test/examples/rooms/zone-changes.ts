import { mintTenantScope, newId } from '../../../src/kernel/index.js';
import { ZoneChanges, ZoneMoves } from '../../../src/scheduling/zone-rules/zone-rules.schema.js';
import { TOUR_STARTS } from '../steady.js';
import type { Room } from '../tour.js';

const HOUR = 3_600_000;

/** What a new release of the tz database did. It comes with a release of ours, not by a request. */
export const zoneChanges: Room = async (tour) => {
  const practice = await tour.practice();
  const { id, api } = practice;
  const appointmentId = await practice.book('2030-03-18');
  const { time } = await api.ok('GET', `/v1/appointments/${appointmentId}`);
  const after = Date.parse(time.start);
  const scope = mintTenantScope(id, { kind: 'system', id: 'examples' });
  const { app } = tour.house.running;
  const zoneChangeId = newId('zoneChange', TOUR_STARTS);
  await app
    .get(ZoneChanges)
    .forTenant(scope)
    .insert({
      ...{ _id: zoneChangeId, from: '2029c', to: '2030a', zones: [time.zone] },
      ...{ startedAt: TOUR_STARTS, finishedAt: TOUR_STARTS, moved: 1, inGap: 0, overlapping: 0 },
    });
  await app
    .get(ZoneMoves)
    .forTenant(scope)
    .insert({
      ...{ _id: `${zoneChangeId}:${appointmentId}`, zoneChangeId, appointmentId, zone: time.zone },
      ...{ local: time.local, localAfter: time.local, before: after + HOUR, after, inGap: false, overlaps: [] },
    });
  await tour.show('listZoneChanges', api, { query: { limit: 10 } });
  await tour.show('getZoneChange', api, { path: { zoneChangeId } });
  await tour.show('listZoneChangeAppointments', api, { path: { zoneChangeId }, query: { limit: 10 } });
};
