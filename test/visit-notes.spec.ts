import { DemoSeed, type Demo } from '../src/demo/index.js';
import { mintTenantScope } from '../src/kernel/index.js';
import { AppointmentRepository } from '../src/scheduling/index.js';
import { Exports } from '../src/sync/push/export.schema.js';
import { startApp, type RunningApp } from './harness/app.js';
import { request } from './harness/http.js';
import { practiceSystem, type PracticeSystem } from './harness/practice-system.js';
import { until } from './harness/until.js';
import { somebody, TestVisitor } from './harness/visitor.js';

/** Guarantee: who looks at a visit in the practice system reads who moved or cancelled it here, and why. */
describe('the note of a visit', () => {
  let running: RunningApp;
  let demo: Demo;
  let system: PracticeSystem;
  let visitor: TestVisitor;
  let toothPain: string;

  const scope = () => mintTenantScope(demo.practiceId, { kind: 'system', id: 'spec' });
  const appointment = (id: string) =>
    running.app.get(AppointmentRepository).forTenant(scope()).getById(id, 'appointment');
  const synced = (id: string, state: string) =>
    until(
      () => appointment(id),
      ({ sync }) => sync.state === state,
    );
  const slotAt = async (place: number) =>
    (await visitor.slots(toothPain, 31)).at(place) as { id: string; start: string };
  const book = async (place: number, note?: string) => {
    const held = await visitor.hold((await slotAt(place)).id);
    const who = { patientType: 'new', patient: somebody(), consent: { treatment: true }, note };
    const booking = { holdId: held.body.id, ...who };
    type Booked = { appointment: { id: string }; manageUrl: string };
    const { body } = await visitor.send<Booked>('POST', '/v1/widget/bookings', booking);
    await synced(body.appointment.id, 'written');
    return { id: body.appointment.id, link: String(body.manageUrl.split('#')[1]) };
  };
  /** Staff move a visit. */
  const move = async (id: string, place: number) => {
    const target = await slotAt(place);
    const url = `${running.baseUrl}/v1/appointments/${id}/reschedule`;
    const moved = await request('POST', url, { slotId: target.id }, { authorization: `Bearer ${demo.apiKey}` });
    expect(moved.status).toBe(200);
    return target;
  };
  const LOCAL = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d`;
  const MOVED = new RegExp(`^Moved by the practice in online scheduling, ${LOCAL} \\(was ${LOCAL}\\)\\.$`);
  const CANCELLED = new RegExp(`^Cancelled online by the patient, ${LOCAL}\\. Reason: the patient is ill\\.$`);
  const lines = async (id: string) => ((await system.find(id))?.note ?? '').split('\n');
  const reads = (id: string, line: RegExp) =>
    until(
      () => lines(id),
      (all) => all.some((one) => line.test(one)),
    );

  beforeAll(async () => {
    running = await startApp({ env: { SYNC_POLL_SECONDS: '1' } });
    demo = await running.app.get(DemoSeed).run();
    system = await practiceSystem(running.app, demo.practiceId);
    visitor = await new TestVisitor(running.baseUrl, demo.widgetKey).open();
    toothPain = await visitor.reasonId('Tooth pain');
  }, 60_000);

  afterAll(async () => {
    await running.stop();
  });

  it('says below what the patient wrote who changed it, when and why', async () => {
    const note = 'I am afraid of needles.';
    const { id, link } = await book(-45, note);
    expect(await lines(id)).toEqual([note]);
    await move(id, -85);
    await reads(id, MOVED);
    const url = `${running.baseUrl}/v1/widget/visits/${link}/cancel`;
    expect((await request('POST', url, { reason: 'patient_ill' })).status).toBe(200);
    await reads(id, CANCELLED);
    expect(await lines(id)).toEqual([note, expect.stringMatching(MOVED), expect.stringMatching(CANCELLED)]);
  }, 60_000);

  it('says it once, though every answer is lost, and is no reason to write a visit again', async () => {
    const { id } = await book(-50);
    await system.faults({ loseAcknowledgement: true });
    const target = await move(id, -90);
    await until(
      () => system.find(id),
      (visit) => visit?.start === Date.parse(target.start),
    );
    await synced(id, 'pending');
    await system.faults({});
    await synced(id, 'written');
    await reads(id, MOVED);

    await system.faults({ loseAcknowledgement: true });
    const owed = () => running.app.get(Exports).forTenant(scope()).getById(id, 'export');
    await move(id, -95);
    await until(
      () => system.find(id),
      (visit) => visit?.start !== Date.parse(target.start),
    );
    await system.faults({});
    await until(owed, ({ remark, status }) => status === 'done' && remark === null);
    expect((await appointment(id)).sync.state).toBe('written');
    expect((await lines(id)).filter((line) => MOVED.test(line))).toHaveLength(2);
  }, 60_000);

  it('is written later when the answer to it is lost, and the visit counts as written meanwhile', async () => {
    const { id } = await book(-55);
    await system.faults({ losePercent: 50 });
    await move(id, -60);
    const owed = () => running.app.get(Exports).forTenant(scope()).getById(id, 'export');
    await reads(id, MOVED);
    await synced(id, 'written');
    await until(owed, ({ remark }) => remark === null);
    await system.faults({});
    expect((await lines(id)).filter((line) => MOVED.test(line))).toHaveLength(1);
  }, 60_000);
});
