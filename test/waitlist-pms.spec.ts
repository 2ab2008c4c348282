import { Catalog } from '../src/catalog/index.js';
import { DemoSeed, type Demo } from '../src/demo/index.js';
import { mintTenantScope } from '../src/kernel/index.js';
import { AppointmentRepository } from '../src/scheduling/index.js';
import { startApp, type RunningApp } from './harness/app.js';
import { Api } from './harness/api.js';
import { InboxProcess } from './harness/inbox.js';
import { placeIn, practiceSystem, type PracticeSystem } from './harness/practice-system.js';
import { until } from './harness/until.js';
import { somebody } from './harness/visitor.js';
import type { Json } from './harness/waiting-practice.js';

const DAY = 86_400_000;

/** The waitlist of a practice whose book lives in a practice system, which has an ASAP list of its own. */
describe('the waitlist and the practice system', () => {
  let inbox: InboxProcess;
  let running: RunningApp;
  let demo: Demo;
  let system: PracticeSystem;
  let api: Api;
  let reasonId: string;

  const scope = () => mintTenantScope(demo.practiceId, { kind: 'system', id: 'spec' });
  const get = <T>(token: abstract new (...args: never[]) => T): T => running.app.get<T>(token as never);
  const appointment = (id: string) => get(AppointmentRepository).forTenant(scope()).getById(id, 'appointment');
  const slots = async (): Promise<Json[]> => {
    const { days } = await api.ok('GET', `/v1/availability?reasonId=${reasonId}&days=31`);
    return days.flatMap((day: Json) => day.slots);
  };
  const entries = async (query: string): Promise<Json[]> =>
    (await api.ok('GET', `/v1/waitlist?limit=100&${query}`)).data;
  /** A visit of ours that the practice system has. */
  const booked = async (slot: Json) => {
    const patient = await api.ok('POST', '/v1/patients', somebody());
    const visit = { slotId: slot.id, patientId: patient.id, patientType: 'returning' };
    const { id } = await api.ok('POST', '/v1/appointments', visit);
    const { sync } = await until(
      () => appointment(id),
      (one) => one.sync.state === 'written',
    );
    return { id: id as string, patient, foreignId: sync.foreignId as string };
  };
  const placeOf = async (id: string) => placeIn(running.app, scope(), await appointment(id));

  beforeAll(async () => {
    inbox = await InboxProcess.start();
    running = await startApp({ env: { SYNC_POLL_SECONDS: '1', ...inbox.env } });
    demo = await get(DemoSeed).run();
    system = await practiceSystem(running.app, demo.practiceId);
    api = new Api(running.baseUrl).as(demo.apiKey);
    // The hour at which this runs does not matter.
    await api.ok('PATCH', '/v1/settings', { messages: { quietFrom: '00:00', quietUntil: '00:00' } });
    const { reasons } = await get(Catalog).snapshot(scope());
    reasonId = reasons.find(({ name }) => name === 'Tooth pain')?._id as string;
  }, 60_000);

  afterAll(async () => {
    await running.stop();
    await inbox.stop();
  });

  it('takes over its ASAP list at the import: visits of its own are for staff, who call', async () => {
    const listed = await entries('status=waiting');
    expect(listed.length).toBeGreaterThan(3);
    for (const entry of listed)
      expect(entry).toMatchObject({ source: 'pms', needsContact: true, patientId: null, reasonId: null });
    const [one] = listed;
    const refused = await api.call('POST', `/v1/waitlist/${one.id}/offers`, { slotId: (await slots())[0].id });
    expect([refused.status, refused.body.code]).toEqual([422, 'unprocessable']);
  });

  it('offers free time to a patient of ours who is on it, and moves the visit on both sides', async () => {
    const [first, ...others] = await slots();
    const early = await booked(others.find(({ start }) => Date.parse(start) > Date.parse(first.start) + 2 * DAY));
    const late = await booked((await slots()).filter(({ providerId }) => providerId === first.providerId).at(-1));
    const place = await placeOf(late.id);
    const { start } = await appointment(early.id);
    await system.desk.asap(late.foreignId);
    const [entry] = await until(
      () => entries(`patientId=${late.patient.id}`),
      (found) => found.length > 0,
    );
    expect(entry).toMatchObject({ source: 'pms', appointmentId: late.id, reasonId, needsContact: false, rank: 1 });
    // Any provider would do for this test.
    await api.ok('PATCH', `/v1/waitlist/${entry.id}`, { providerId: null });
    await api.ok('POST', `/v1/appointments/${early.id}/cancel`, { reason: 'patient_ill' });
    const [mail] = await until(
      async () => (await inbox.messages(late.patient.email)).filter(({ subject }) => subject.includes('earlier time')),
      (found) => found.length > 0,
    );
    const token = /\/offer#([\w-]{32})/.exec(mail?.text ?? '')?.[1];
    await api.ok('POST', `/v1/widget/offers/${token}/accept`);
    const moved = await until(
      () => system.find(late.id),
      (visit) => visit !== null && visit.start !== place.start,
    );
    expect(moved?.start).toBe((await appointment(late.id)).start);
    expect(Math.abs((moved?.start ?? 0) - start)).toBeLessThan(3_600_000);
    // It is still marked there; who has got a time waits no longer until they are put on the list anew.
    await api.ok('POST', `/v1/sync/appointments/${late.id}/run`);
    expect((await entries(`patientId=${late.patient.id}`)).map(({ status }) => status)).toEqual(['booked']);
    await system.desk.asap(late.foreignId, false);
    await api.ok('POST', `/v1/sync/appointments/${late.id}/run`);
    await system.desk.asap(late.foreignId);
    const again = await until(
      () => entries(`patientId=${late.patient.id}`),
      ([one]) => one.status === 'waiting',
    );
    expect(again.map(({ id }) => id)).toEqual([entry.id]);
    await system.desk.asap(late.foreignId, false);
    const [ended] = await until(
      () => entries(`patientId=${late.patient.id}`),
      ([one]) => one.status === 'withdrawn',
    );
    expect(ended?.endReason).toBe('pms_list');
  }, 60_000);

  it('offers time that the front desk set free', async () => {
    const slot = (await slots()).at(-40);
    const { providerById } = await get(Catalog).snapshot(scope());
    const provider = providerById.get(slot.providerId);
    const [start] = [Date.parse(slot.start)];
    const theirs = await system.desk.book(
      {
        ...{ start, end: start + 1_800_000, providerForeignId: provider?.foreign?.foreignId as string },
        operatoryForeignId: '6',
      },
      { force: true },
    );
    const stands = async () => (await slots()).some(({ id }) => id === slot.id);
    await until(stands, (offered) => !offered);
    const patient = await api.ok('POST', '/v1/patients', somebody());
    const days = { from: slot.local.slice(0, 10), to: slot.local.slice(0, 10), providerId: slot.providerId };
    const wanted = { patientId: patient.id, patientType: 'returning', reasonId, ...days };
    const entry = await api.ok('POST', '/v1/waitlist', wanted);
    await system.desk.cancel(theirs.foreignId);
    await until(
      () => api.ok('GET', `/v1/waitlist/${entry.id}`),
      ({ status }) => status === 'offered',
    );
  }, 60_000);

  it('tells the patient and the practice when the time is taken there', async () => {
    const path = `/v1/sync/connections/${system.connection._id}`;
    await api.ok('POST', `${path}/pause`);
    const slot = (await slots()).at(-80);
    const patient = await api.ok('POST', '/v1/patients', somebody());
    const visit = { slotId: slot.id, patientId: patient.id, patientType: 'returning' };
    const { id } = await api.ok('POST', '/v1/appointments', visit);
    await system.desk.book(await placeOf(id));
    await api.ok('POST', `${path}/resume`);
    const [mail] = await until(
      async () => (await inbox.messages(patient.email)).filter(({ subject }) => subject.includes('About your visit')),
      (found) => found.length > 0,
    );
    expect(mail?.text).toContain('We will call you');
    expect(mail?.text).toMatch(/\/visit#[\w-]{32}/);
    expect(mail?.attachments).toEqual([]);
    const desk = await until(
      async () => (await inbox.messages('desk@')).filter(({ subject }) => subject.includes('two visits at one time')),
      (found) => found.length > 0,
    );
    expect(desk[0]?.text).not.toContain('/visit#');
  }, 60_000);
});
