import type { Appointment } from '../src/scheduling/index.js';
import { Reconciler } from '../src/sync/pull/reconciler.js';
import { SyncedApp } from './harness/synced-practice.js';
import { until } from './harness/until.js';

const HOUR = 3_600_000;

/** What the front desk does in its system at the same time as we write there. */
describe('edits on both sides at once', () => {
  let synced: SyncedApp;

  beforeAll(async () => {
    synced = await SyncedApp.start();
  }, 60_000);

  afterAll(async () => {
    await synced.stop();
  });

  /** A practice with one booked visit that its system has, and the slots of its reason. */
  const booked = async (name: string) => {
    const practice = await synced.practice(name);
    const [patientId] = (await practice.patients(1)) as [string];
    const slots = await practice.slots('2027-03-10', 5);
    const first = slots.pop()!;
    const made = (await practice.book(first, patientId))!;
    await practice.drained();
    const others = slots.filter(({ reasonId }) => reasonId === first.reasonId);
    const now = async (): Promise<Appointment> => (await practice.appointments())[0]!;
    return { practice, id: made._id, others, now };
  };

  it('take over what bears an older time of change, when it can be no late answer', async () => {
    const { practice, id, now } = await booked('older');
    await practice.pass(HOUR);
    await practice.act(id, 'confirm');
    await practice.drained();
    const { foreignId } = (await practice.system.find(id))!;
    synced.clock.advance(-20_000);
    await practice.system.desk.confirm(foreignId, false);
    await practice.pass(HOUR);
    const site = await synced.site(practice);
    await synced.get(Reconciler).run(site);
    expect(await now()).toMatchObject({ status: 'booked' });
  });

  it('take over a move by the front desk while we confirm the visit', async () => {
    const { practice, id, others, now } = await booked('moved');
    const { foreignId, providerForeignId, operatoryForeignId } = (await practice.system.find(id))!;
    const { start, end } = others[0]!;
    await practice.system.desk.move(foreignId, { start, end, providerForeignId, operatoryForeignId }, { force: true });
    await practice.act(id, 'confirm');
    await practice.drained();
    await until(
      async () => (await now()).start,
      (at) => at === start,
    );
    expect(await practice.system.find(id)).toMatchObject({ start, confirmed: true });
  });

  it('write a confirmation that was given before the visit could be written', async () => {
    const { practice } = await booked('early');
    const [patientId] = (await practice.patients(1)) as [string];
    await practice.system.faults({ down: true });
    const made = (await practice.book((await practice.slots('2027-03-17', 5)).pop()!, patientId))!;
    const [tried] = await until(
      () => practice.exports({ _id: made._id }),
      ([row]) => row?.reason === 'pms_down',
    );
    await practice.act(made._id, 'confirm');
    await until(
      () => practice.exports({ _id: made._id }),
      ([row]) => row!.version > tried!.version,
    );
    await practice.system.faults({});
    await practice.drained();
    await until(
      () => practice.system.find(made._id),
      (visit) => visit?.confirmed === true,
    );
  });
});
