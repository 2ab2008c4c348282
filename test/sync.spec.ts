import { signWebhook, webhookBody } from '@openchair/pms-sandbox';
import { DemoSeed, type Demo } from '../src/demo/index.js';
import { mintTenantScope } from '../src/kernel/index.js';
import { AppointmentRepository, type Appointment } from '../src/scheduling/index.js';
import { ConflictRepository } from '../src/sync/conflicts/conflict.schema.js';
import { EventRepository } from '../src/events/index.js';
import { startApp, type RunningApp } from './harness/app.js';
import { request } from './harness/http.js';
import { freeIn, isLive, offeredIn, placeIn, practiceSystem, type PracticeSystem } from './harness/practice-system.js';
import { until } from './harness/until.js';
import { TestVisitor } from './harness/visitor.js';

const HALF_HOUR = 1_800_000;

/** A practice whose book lives in a practice system: the widget's times are that system's times. */
describe('a practice with a practice system', () => {
  let running: RunningApp;
  let demo: Demo;
  let system: PracticeSystem;
  let visitor: TestVisitor;
  let toothPain: string;

  const scope = () => mintTenantScope(demo.practiceId, { kind: 'system', id: 'spec' });
  const get = <T>(token: abstract new (...args: never[]) => T): T => running.app.get<T>(token as never);
  const appointment = (id: string) => get(AppointmentRepository).forTenant(scope()).getById(id, 'appointment');
  const synced = (id: string, state: Appointment['sync']['state']) =>
    until(
      () => appointment(id),
      ({ sync }) => sync.state === state,
    );
  const eventsOf = async (id: string) =>
    (await get(EventRepository).forTenant(scope()).find({ 'subject.id': id })).map(({ type }) => type);
  const api = (method: string, path: string, body?: unknown) =>
    request<Record<string, unknown>>(method, `${running.baseUrl}${path}`, body, {
      authorization: `Bearer ${demo.apiKey}`,
    });
  const dateOf = (instant: number) => new Date(instant).toISOString().slice(0, 10);
  const offered = (days: number) => offeredIn(running.app, scope(), toothPain, days);
  const book = async (slot: { id: string }, who: object = {}) => {
    const held = await visitor.hold(slot.id);
    expect(held.status).toBe(201);
    const booked = await visitor.book(held.body.id, who);
    expect(booked.status).toBe(201);
    return booked.body.appointment;
  };
  /** A slot far from those of the other tests. */
  const slotAt = async (place: number) =>
    (await visitor.slots(toothPain, 31)).at(place) as { id: string; start: string };
  const placeOf = async (id: string) => placeIn(running.app, scope(), await appointment(id));

  beforeAll(async () => {
    running = await startApp({ env: { SYNC_POLL_SECONDS: '1' } });
    demo = await get(DemoSeed).run();
    system = await practiceSystem(running.app, demo.practiceId);
    visitor = await new TestVisitor(running.baseUrl, demo.widgetKey).open();
    toothPain = await visitor.reasonId('Tooth pain');
  }, 60_000);

  afterAll(async () => {
    await running.stop();
  });

  it('offers exactly what the practice system leaves free', async () => {
    const now = Date.now();
    const days = 21;
    const free = await freeIn(system, dateOf(now - 86_400_000), dateOf(now + (days + 1) * 86_400_000), {
      providers: { '101': ['1', '2'], '102': ['3', '2'] },
      minutes: 30,
      stepMinutes: 15,
      notBefore: now + 2 * 3_600_000,
    });
    const shown = (await offered(days)).sort();
    const end = Math.max(...shown.map((one) => Number(one.split(' ')[1])));
    // Up to the end of the last day that is shown; a minute may have passed at the other end.
    expect(shown.length).toBeGreaterThan(50);
    expect(shown).toEqual(free.filter((one) => Number(one.split(' ')[1]) <= end));
  });

  it('writes a booking once, with its patient', async () => {
    const { id } = await book(await slotAt(-1), { firstName: 'Iris', lastName: 'Holm' });
    const after = await synced(id, 'written');
    const visit = await system.find(id);
    expect(visit).toMatchObject({ start: after.start, end: after.end, status: 'scheduled', reference: id });
    expect(after.sync).toMatchObject({
      foreignId: visit?.foreignId,
      connectionId: system.connection._id,
      reason: null,
    });
    const there = (await system.visits(dateOf(after.start), dateOf(after.end))).filter((one) => one.reference === id);
    expect(there).toHaveLength(1);
    expect(await eventsOf(id)).toContain('appointment.sync.written');
  });

  it('brings what the front desk does: moved, confirmed, cancelled, and visits of its own', async () => {
    const { id } = await book(await slotAt(-20));
    await synced(id, 'written');
    const visit = (await system.find(id))!;
    const target = await slotAt(-60);
    const place = {
      ...(await placeOf(id)),
      start: Date.parse(target.start),
      end: Date.parse(target.start) + HALF_HOUR,
    };
    const moved = await system.desk.move(visit.foreignId, { ...place, operatoryForeignId: '6' }, { force: true });
    const after = await until(
      () => appointment(id),
      ({ start }) => start === moved.start,
    );
    expect(after.history.at(-1)).toMatchObject({ what: 'reschedule', channel: 'pms' });
    await system.desk.confirm(visit.foreignId);
    await until(
      () => appointment(id),
      ({ status, officeConfirmedAt }) => status === 'confirmed' && officeConfirmedAt !== null,
    );
    await system.desk.cancel(visit.foreignId);
    await until(
      () => appointment(id),
      ({ status }) => status === 'cancelled',
    );
    // The time is free again on both sides, and what came from there is not written back.
    expect((await system.find(id))?.status).toBe('cancelled');

    const free = await slotAt(-30);
    const key = (await offered(31)).find((one) => one.endsWith(String(Date.parse(free.start)))) as string;
    const [providerForeignId] = key.split(' ') as [string];
    const start = Date.parse(free.start);
    const theirs = await system.desk.book(
      { providerForeignId, operatoryForeignId: '6', start, end: start + HALF_HOUR },
      { force: true },
    );
    await until(
      () => offered(31),
      (shown) => !shown.includes(key),
    );
    await system.desk.cancel(theirs.foreignId);
    await until(
      () => offered(31),
      (shown) => shown.includes(key),
    );
  }, 60_000);

  it('writes what patients and staff change afterwards', async () => {
    const { id } = await book(await slotAt(-40));
    await synced(id, 'written');
    const target = await slotAt(-80);
    const moved = await api('POST', `/v1/appointments/${id}/reschedule`, { slotId: target.id });
    expect(moved.status).toBe(200);
    await until(
      () => system.find(id),
      (visit) => visit?.start === Date.parse(target.start),
    );
    await api('POST', `/v1/appointments/${id}/confirm`);
    await until(
      () => system.find(id),
      (visit) => visit?.confirmed === true,
    );
    await api('POST', `/v1/appointments/${id}/cancel`, { reason: 'patient_request' });
    await until(
      () => system.find(id),
      (visit) => visit?.status === 'cancelled',
    );
    await synced(id, 'written');
  }, 60_000);

  it('asks before it writes again when an answer was lost', async () => {
    const who = { firstName: 'Lost', lastName: 'Answer', email: 'lost@example.com' };
    // The patient is known over there, so that the visit itself is the only write.
    await synced((await book(await slotAt(-110), who)).id, 'written');
    await system.faults({ loseAcknowledgement: true });
    const { id } = await book(await slotAt(-100), who);
    await until(
      () => system.find(id),
      (visit) => visit !== null,
    );
    await until(
      () => appointment(id),
      ({ sync }) => sync.attempts > 0,
    );
    expect((await appointment(id)).sync.state).toBe('pending');
    await system.faults({});
    const { start } = await synced(id, 'written');
    const there = await system.visits(dateOf(start), dateOf(start + 86_400_000));
    expect(there.filter((one) => one.start === start && one.reference === id)).toHaveLength(1);
    expect(there.filter((one) => one.reference === id && isLive(one))).toHaveLength(1);
  }, 60_000);

  it('waits while the practice system is down, takes requests by its rule, and converges', async () => {
    const before = await book(await slotAt(-120));
    await synced(before.id, 'written');
    await system.faults({ down: true });
    const waiting = await book(await slotAt(-140));
    await until(
      () => appointment(waiting.id),
      ({ sync }) => sync.attempts > 0,
    );
    expect((await appointment(waiting.id)).sync).toMatchObject({ state: 'pending', reason: 'pms_down' });
    // By the practice's rule a booking is a request while nobody can say whether the time is free.
    const asked = await book(await slotAt(-160));
    expect(asked.status).toBe('requested');
    await api('PATCH', '/v1/settings', { scheduling: { whenPmsDown: 'closed' } });
    const held = await visitor.hold((await slotAt(-170)).id);
    const closed = await visitor.book(held.body.id);
    expect([closed.status, closed.body.code]).toEqual([503, 'unavailable']);
    await api('PATCH', '/v1/settings', { scheduling: { whenPmsDown: 'request' } });
    await system.faults({});
    await synced(waiting.id, 'written');
    const approved = await api('POST', `/v1/appointments/${asked.id}/approve`);
    expect(approved.status).toBe(200);
    await synced(asked.id, 'written');
    expect((await system.find(asked.id))?.status).toBe('scheduled');
  }, 90_000);

  it('says when both sides gave one time away, with alternatives', async () => {
    await system.faults({ down: true });
    const { id } = await book(await slotAt(-180));
    await until(
      () => appointment(id),
      ({ sync }) => sync.attempts > 0 || sync.state === 'none',
    );
    const place = await placeOf(id);
    const theirs = await system.desk.book(place);
    await system.faults({});
    if ((await appointment(id)).status === 'requested') await api('POST', `/v1/appointments/${id}/approve`);
    const conflicted = await synced(id, 'conflict');
    expect(conflicted.sync.alternatives.length).toBeGreaterThan(0);
    expect(await eventsOf(id)).toContain('appointment.sync.conflict');
    const [record] = await get(ConflictRepository).forTenant(scope()).find({ appointmentId: id, open: true });
    expect(record).toMatchObject({ ours: { start: place.start } });
    expect(await system.find(id)).toBeNull();
    // The front desk makes room: the conflict ends by itself and ours is written.
    await system.desk.cancel(theirs.foreignId);
    await synced(id, 'written');
    expect((await system.find(id))?.status).toBe('scheduled');
  }, 90_000);

  it('says when the front desk moves one of our visits over another one', async () => {
    const [one, other] = [await book(await slotAt(-220)), await book(await slotAt(-240))];
    await Promise.all([synced(one.id, 'written'), synced(other.id, 'written')]);
    const { foreignId } = (await system.find(one.id))!;
    await system.desk.move(foreignId, await placeOf(other.id), { force: true });
    expect((await synced(other.id, 'conflict')).sync.reason).toBe('overlap');
    const open = () => get(ConflictRepository).forTenant(scope()).find({ appointmentId: other.id, open: true });
    expect((await open())[0]?.theirs?.foreignId).toBe(foreignId);
    await system.desk.cancel(foreignId);
    await until(open, ({ length }) => length === 0);
  }, 60_000);

  it('takes a signed webhook as a hint to read again, however often and in whatever order it comes', async () => {
    const secret = 'a signing secret of the spec';
    const path = `/v1/connections/${system.connection._id}`;
    const patched = await api('PATCH', path, { config: { ...system.connection.config, signingSecret: secret } });
    expect(patched.status).toBe(200);
    const { id } = await book(await slotAt(-260));
    await synced(id, 'written');
    await system.desk.confirm((await system.find(id))!.foreignId);
    const events = ['e2', 'e1'].map((one) => ({ id: one, topic: 'appointments' as const }));
    const post = (body: Uint8Array, headers: Record<string, string>) =>
      fetch(`${running.baseUrl}/v1/hooks/${system.connection._id}`, {
        method: 'POST',
        headers,
        body: Buffer.from(body),
      });
    for (const batch of [events, [...events].reverse(), events]) {
      const body = webhookBody(batch);
      expect((await post(body, signWebhook(secret, body))).status).toBe(200);
    }
    expect((await post(webhookBody(events), {})).status).toBe(401);
    await until(
      () => appointment(id),
      ({ status }) => status === 'confirmed',
    );
  }, 60_000);

  describe('the tools', () => {
    const path = () => `/v1/sync/connections/${system.connection._id}`;
    type Status = { healthy: boolean; phase: string; reasons: string[]; pending: number; freshnessSeconds: number };
    const status = async () => (await api('GET', path())).body as unknown as Status;

    it('tell how the exchange stands, and what happened', async () => {
      const seen = await until(status, ({ healthy }) => healthy);
      expect(seen).toMatchObject({ phase: 'live', pending: 0, reasons: [], stopped: 0, openConflicts: 0 });
      expect(seen.freshnessSeconds).toBeLessThan(10);
      const { body } = await api('GET', path());
      expect(body['progress']).toMatchObject({ daysDone: 189, daysTotal: 189, etaSeconds: 0 });
      const log = (await api('GET', `${path()}/log?limit=100`)).body['data'] as {
        kind: string;
        ok: boolean;
        what: string;
      }[];
      expect(new Set(log.map(({ kind }) => kind))).toEqual(new Set(['import', 'pull', 'export', 'conflict']));
      expect(log.some(({ ok, what }) => !ok && what === 'pms_down')).toBe(true);
      const list = (await api('GET', '/v1/sync/connections')).body['data'] as unknown[];
      expect(list).toHaveLength(1);
      const other = await api('GET', '/v1/sync/connections/con_00000000000000000000000000');
      expect(other.status).toBe(404);
    });

    it('pause and resume: what is booked meanwhile waits', async () => {
      expect((await api('POST', `${path()}/pause`)).body).toMatchObject({ phase: 'paused', reasons: ['paused'] });
      const { id } = await book(await slotAt(-200));
      await until(status, ({ pending }) => pending === 1);
      expect(await system.find(id)).toBeNull();
      expect((await api('POST', `${path()}/resume`)).body).toMatchObject({ phase: 'live' });
      await synced(id, 'written');
    }, 60_000);

    it('compare both sides and list what was missed', async () => {
      const { id } = await book(await slotAt(-220));
      await synced(id, 'written');
      const answer = await api('POST', `${path()}/run`, { kind: 'reconcile' });
      expect(answer.status).toBe(202);
      const report = await until(
        () => api('GET', `${path()}/differences`),
        (one) => one.status === 200,
      );
      expect(report.body).toMatchObject({ total: 0, differences: [] });
      expect(report.body['ours']).toBeGreaterThan(5);
      expect(report.body['theirs']).toBeGreaterThan(500);
    }, 60_000);

    it('do not believe a practice system that has suddenly lost everything', async () => {
      const before = await offered(31);
      await system.faults({ empty: true });
      await api('POST', `${path()}/run`, { kind: 'reconcile' });
      const seen = await until(status, ({ reasons }) => reasons.includes('suddenly_empty'));
      expect(seen.healthy).toBe(false);
      const after = await offered(31);
      expect(before.filter((one) => !after.includes(one)).length).toBeLessThan(5);
      expect(after.filter((one) => !before.includes(one))).toEqual([]);
      await system.faults({});
      await until(status, ({ healthy }) => healthy);
    }, 60_000);

    it('read one appointment at once, and everything from the first day', async () => {
      await api('POST', `${path()}/pause`);
      const { id } = await book(await slotAt(-240));
      await api('POST', `${path()}/resume`);
      await synced(id, 'written');
      await api('POST', `${path()}/pause`);
      await system.desk.cancel((await system.find(id))!.foreignId);
      const one = await api('POST', `/v1/sync/appointments/${id}/run`);
      expect([one.status, one.body['status']]).toEqual([200, 'cancelled']);
      await api('POST', `${path()}/resume`);
      expect((await api('POST', `${path()}/run`, { kind: 'import' })).body).toMatchObject({ phase: 'importing' });
      await until(status, ({ phase, healthy }) => phase === 'live' && healthy);
    }, 60_000);

    it('say what a visit that was read alone lies over', async () => {
      const [one, other] = [await book(await slotAt(-260)), await book(await slotAt(-280))];
      await Promise.all([synced(one.id, 'written'), synced(other.id, 'written')]);
      await api('POST', `${path()}/pause`);
      const place = await placeOf(other.id);
      await system.desk.move((await system.find(one.id))!.foreignId, place, { force: true });
      expect((await api('POST', `/v1/sync/appointments/${one.id}/run`)).status).toBe(200);
      expect((await appointment(one.id)).start).toBe(place.start);
      await api('POST', `${path()}/resume`);
      expect((await synced(other.id, 'conflict')).sync.reason).toBe('overlap');
      await system.desk.cancel((await system.find(one.id))!.foreignId);
      await synced(other.id, 'written');
    }, 60_000);

    it.each([
      ['keep_theirs', 'cancelled', 'none'],
      ['keep_ours', 'booked', 'conflict'],
      ['move', 'booked', 'written'],
    ])(
      'resolve a conflict: %s',
      async (resolution, appointmentStatus, state) => {
        await api('POST', `${path()}/pause`);
        const { id } = await book(await slotAt(-250));
        const theirs = await system.desk.book(await placeOf(id));
        await api('POST', `${path()}/resume`);
        await synced(id, 'conflict');
        const open = (await api('GET', '/v1/sync/conflicts')).body['data'] as { id: string; appointmentId: string }[];
        const conflict = open.find(({ appointmentId }) => appointmentId === id);
        expect(conflict).toMatchObject({ open: true, ours: { status: 'booked' } });
        const retried = await api('POST', `/v1/sync/appointments/${id}/retry`);
        expect([retried.status, retried.body['code']]).toEqual([409, 'conflict']);
        const slot = await slotAt(-260);
        const resolved = await api('POST', `/v1/sync/conflicts/${conflict?.id}/resolve`, {
          resolution,
          ...(resolution === 'move' ? { slotId: slot.id } : {}),
        });
        expect([resolved.status, resolved.body]).toMatchObject([200, { open: false, resolution }]);
        const after = await synced(id, state as never);
        expect(after.status).toBe(appointmentStatus);
        const again = await api('POST', `/v1/sync/conflicts/${conflict?.id}/resolve`, { resolution: 'keep_ours' });
        expect(again.status).toBe(409);
        if (resolution === 'move') expect((await system.find(id))?.start).toBe(Date.parse(slot.start));
        await system.desk.cancel(theirs.foreignId);
        if (state === 'conflict') await synced(id, 'written');
      },
      60_000,
    );
  });
});
