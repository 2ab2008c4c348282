import { Catalog, ProviderService } from '../src/catalog/index.js';
import { LOCATION } from '../src/demo/demo-practice.js';
import { UnitOfWork, type Filter } from '../src/persistence/index.js';
import { ConflictRepository } from '../src/sync/conflicts/conflict.schema.js';
import { OverlapMarks } from '../src/sync/conflicts/overlap-marks.js';
import { PmsVisits, type PmsVisit } from '../src/sync/state/pms-visit.schema.js';
import { Locations } from '../src/tenants/index.js';
import { POLL_MS, SyncedApp } from './harness/synced-practice.js';
import { until } from './harness/until.js';

const HOUR = 3_600_000;

/** The visits of a provider who works in several locations stand on two pages: the location's day, and the provider's UTC day. */
describe('an overlap that shows on one of two pages', () => {
  let synced: SyncedApp;

  beforeAll(async () => {
    synced = await SyncedApp.start();
  }, 60_000);

  afterAll(async () => {
    await synced.stop();
  });

  it('stays listed when only the other page is looked at', async () => {
    const practice = await synced.practice('roaming');
    const { scope, system } = practice;
    const elsewhere = await synced
      .get(UnitOfWork)
      .run((tx) => synced.get(Locations).create(scope, tx, { ...LOCATION, hours: [] }));
    const { providers, operatories } = await synced.get(Catalog).snapshot(scope);
    const slot = (await practice.slots('2027-03-10', 5)).find(({ start }) => start % (24 * HOUR) > 14 * HOUR)!;
    const roaming = providers.find(({ _id }) => _id === slot.providerId)!;
    const { locationIds } = roaming;
    await synced.get(ProviderService).change(scope, roaming._id, { locationIds: [...locationIds, elsewhere._id] });
    // Long enough for everybody to know.
    await practice.pass(10_000);

    const [patientId] = (await practice.patients(1)) as [string];
    const made = (await practice.book(slot, patientId))!;
    await practice.drained();
    const { operatoryForeignId } = (await system.find(made._id))!;
    const other = providers.find(({ _id, foreign }) => foreign && _id !== roaming._id)!.foreign!.foreignId;
    const { start, end } = made;
    await system.desk.book({ start, end, providerForeignId: other, operatoryForeignId }, { force: true });
    await practice.pass(POLL_MS);
    const open = () => synced.get(ConflictRepository).forTenant(scope).find({ appointmentId: made._id, open: true });
    await until(open, ([conflict]) => conflict !== undefined);

    // The evening before is the same UTC day.
    const evening = Math.floor(start / (24 * HOUR)) * 24 * HOUR + HOUR;
    const room = operatories.find(({ foreign }) => foreign && foreign.foreignId !== operatoryForeignId)!.foreign!;
    const place = {
      start: evening,
      end: evening + HOUR / 2,
      providerForeignId: roaming.foreign!.foreignId,
      operatoryForeignId: room.foreignId,
    };
    const { foreignId } = await system.desk.book(place, { force: true });
    await practice.pass(POLL_MS);
    const rows = synced.get(PmsVisits).forTenant(scope);
    await until(
      () => rows.exists({ foreignId } as Filter<PmsVisit>),
      (known) => known,
    );
    const marks = synced.get(OverlapMarks);
    await until(
      () => marks.of(scope, system.connection._id),
      (left) => left.length === 0,
    );
    expect(await open()).toMatchObject([{ kind: 'overlap' }]);
  });
});
