import { register } from 'prom-client';
import { ManualClock, mintSystemScope, mintTenantScope, newId, type TenantScope } from '../kernel/index.js';
import {
  defineCollection,
  Persistence,
  TenantRepository,
  UnitOfWork,
  type TenantDocument,
} from '../persistence/index.js';
import { DueWork, WorkHandlers, WorkRepository, type WorkRow } from '../queues/index.js';
import { startRooms, type Rooms } from '../../test/harness/rooms.js';
import { until } from '../../test/harness/until.js';
import { Consumers } from './consumers.js';
import { DeadLetters } from './dead-letters.js';
import { EventRepository } from './event.repository.js';
import { Outbox } from './outbox.js';

interface Effect extends TenantDocument {
  what: string;
}

class Effects extends TenantRepository<Effect> {
  constructor(persistence: Persistence) {
    super(
      persistence,
      defineCollection<Effect>({
        name: 'effects',
        owner: 'tenantId',
        fields: { what: { type: String, required: true } },
      }),
    );
  }
}

const DAY_MS = 86_400_000;
const looking = mintSystemScope('the spec looks at all rows');
let serial = 0;
const newTenant = (): TenantScope => mintTenantScope(`prc_spec${++serial}`, { kind: 'system', id: 'spec' });

describe('events and due work', () => {
  const clock = new ManualClock(Date.UTC(2027, 2, 8, 15));
  let rooms: Rooms;
  let effects: Effects;
  let work: WorkRepository;
  let unitOfWork: UnitOfWork;

  beforeAll(async () => {
    rooms = await startRooms([], { ROLE: 'all' }, clock);
    effects = new Effects(rooms.app.get(Persistence));
    work = rooms.app.get(WorkRepository);
    unitOfWork = rooms.app.get(UnitOfWork);
  });
  afterAll(() => rooms.stop());

  /** Each event that `name` hears leaves a new row, so that a second run would leave a second one. */
  function listen(name: string, type: 'provider.changed' | 'reason.changed' | 'carrier.changed', fault?: () => void) {
    rooms.app.get(Consumers).register({
      name,
      types: [type],
      handle: async (event, scope, tx) => {
        fault?.();
        await effects.forTenant(scope, tx).insert({ _id: newId('message', clock.now()), what: `${name} ${event._id}` });
      },
    });
  }

  const record = (scope: TenantScope, type: 'provider.changed' | 'reason.changed' | 'carrier.changed') =>
    unitOfWork.run((tx) =>
      rooms.app.get(Outbox).record(scope, tx, { type, subject: { kind: 'thing', id: 'thing_1' }, sequence: 1 }),
    );
  const heard = async (scope: TenantScope) => (await effects.forTenant(scope).find()).map(({ what }) => what).sort();
  const rowsOf = (scope: TenantScope, state: WorkRow['state']) =>
    work.forSystem(looking).find({ tenantId: scope.tenantId, state });

  it('reach each consumer once, each with a receipt of its own', async () => {
    listen('first', 'provider.changed');
    listen('second', 'provider.changed');
    const scope = newTenant();
    const events = await Promise.all(Array.from({ length: 30 }, () => record(scope, 'provider.changed')));
    const wanted = events.flatMap(({ _id }) => [`first ${_id}`, `second ${_id}`]).sort();
    expect(
      await until(
        () => heard(scope),
        (found) => found.length >= wanted.length,
      ),
    ).toEqual(wanted);
    const receipts = await until(
      () => rowsOf(scope, 'done'),
      (rows) => rows.length >= wanted.length,
    );
    expect(receipts.map(({ _id }) => _id).sort()).toEqual(
      events.flatMap(({ _id }) => [`consume.first:${_id}`, `consume.second:${_id}`]).sort(),
    );
  });

  it('are not there when their transaction fails', async () => {
    const scope = newTenant();
    const failed = unitOfWork.run(async (tx) => {
      const subject = { kind: 'thing', id: 'thing_1' };
      await rooms.app.get(Outbox).record(scope, tx, { type: 'provider.changed', subject, sequence: 1 });
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect(await rooms.app.get(EventRepository).forTenant(scope).count()).toBe(0);
  });

  it('are relayed by the sweep when the process that wrote them died before it could', async () => {
    const scope = newTenant();
    const _id = newId('event', clock.now());
    const { actor } = scope;
    const facts = { subject: { kind: 'thing', id: 'thing_1' }, sequence: 1, data: {}, actor, pending: true as const };
    await rooms.app
      .get(EventRepository)
      .forTenant(scope)
      .insert({ _id, type: 'provider.changed', occurredAt: clock.now(), ...facts });
    clock.advance(5_000);
    expect(
      await until(
        () => heard(scope),
        (found) => found.length >= 2,
      ),
    ).toEqual([`first ${_id}`, `second ${_id}`]);
  });

  it('a failing consumer stops no other one, climbs its ladder, ends as a dead letter, and is replayed', async () => {
    let broken = true;
    let attempts = 0;
    listen('sound', 'reason.changed');
    listen('faulty', 'reason.changed', () => {
      attempts += 1;
      if (broken) throw Object.assign(new Error('Ada Lane, born 1990'), { name: 'VendorError' });
    });
    const scope = newTenant();
    const { _id } = await record(scope, 'reason.changed');
    await until(
      () => heard(scope),
      (found) => found.length > 0,
    );
    const letters = rooms.app.get(DeadLetters);
    const dead = await until(
      () => {
        clock.advance(DAY_MS / 4);
        return letters.page(scope, { limit: 10 });
      },
      ({ data }) => data.length > 0,
    );
    expect(dead.data).toMatchObject([{ _id: `consume.faulty:${_id}`, state: 'dead', attempts: 9 }]);
    // A foreign error's words may quote a patient: its name is kept, nothing else.
    expect(dead.data[0]?.lastError).toBe('VendorError');
    expect([await heard(scope), attempts]).toEqual([[`sound ${_id}`], 9]);

    const stranger = newTenant();
    await expect(letters.replay(stranger, `consume.faulty:${_id}`)).rejects.toMatchObject({ code: 'not_found' });
    broken = false;
    await letters.replay(scope, `consume.faulty:${_id}`);
    expect(
      await until(
        () => heard(scope),
        (found) => found.length > 1,
      ),
    ).toEqual([`faulty ${_id}`, `sound ${_id}`]);
    expect((await letters.page(scope, { limit: 10 })).data).toEqual([]);
  });

  it('work that is asked for twice is done once, and not before its time', async () => {
    const done: string[] = [];
    rooms.app.get(WorkHandlers).register({
      kind: 'spec.later',
      transactional: true,
      ladder: [],
      handle: ({ row }) => Promise.resolve(void done.push(row._id)),
    });
    const scope = newTenant();
    const ask = (key: string, dueAt: number) =>
      unitOfWork.run((tx) => rooms.app.get(DueWork).add(scope, tx, [{ kind: 'spec.later', key, payload: {}, dueAt }]));
    const tomorrow = clock.now() + DAY_MS;
    await Promise.all(Array.from({ length: 8 }, () => ask('a', tomorrow)));
    await ask('b', tomorrow);
    await ask('now', clock.now());
    await until(
      () => done.length,
      (length) => length > 0,
    );
    expect(done).toEqual(['spec.later:now']);
    await unitOfWork.run((tx) => rooms.app.get(DueWork).cancel(scope, tx, 'spec.later', 'b'));
    clock.advance(DAY_MS);
    await until(
      () => done.length,
      (length) => length > 1,
    );
    await until(
      () => rowsOf(scope, 'ready'),
      (rows) => rows.length === 0,
    );
    expect(done).toEqual(['spec.later:now', 'spec.later:a']);
  });

  it('work of a dead worker is taken over, and the one that comes back leaves nothing', async () => {
    const runs: ((outcome: { again: number } | undefined) => void)[] = [];
    rooms.app.get(WorkHandlers).register({
      kind: 'spec.outside',
      transactional: false,
      ladder: [],
      handle: () => new Promise<{ again: number } | void>((resolve) => runs.push(resolve)),
    });
    const scope = newTenant();
    await unitOfWork.run((tx) =>
      rooms.app.get(DueWork).add(scope, tx, [{ kind: 'spec.outside', key: 'a', payload: {} }]),
    );
    await until(
      () => runs.length,
      (length) => length === 1,
    );
    // No sign of life for a minute: another worker takes it.
    clock.advance(60_000);
    await until(
      () => runs.length,
      (length) => length === 2,
    );
    runs[1]?.(undefined);
    await until(
      () => rowsOf(scope, 'done'),
      (rows) => rows.length === 1,
    );
    runs[0]?.({ again: clock.now() + DAY_MS });
    await until(
      () => endedRuns('spec.outside'),
      (ended) => ended === 2,
    );
    expect(await rowsOf(scope, 'done')).toMatchObject([{ attempts: 2, leaseUntil: null }]);
  });

  it("one practice's flood does not delay the others", async () => {
    const order: string[] = [];
    rooms.app.get(WorkHandlers).register({
      kind: 'spec.flood',
      transactional: true,
      ladder: [],
      handle: ({ row }) => Promise.resolve(void order.push(row.tenantId)),
    });
    const [flood, quiet] = [newTenant(), newTenant()];
    const rows = (scope: TenantScope, count: number) =>
      Array.from({ length: count }, (_, n) => ({ kind: 'spec.flood', key: `${scope.tenantId}-${n}`, payload: {} }));
    await unitOfWork.run((tx) => rooms.app.get(DueWork).add(flood, tx, rows(flood, 600)));
    await unitOfWork.run((tx) => rooms.app.get(DueWork).add(quiet, tx, rows(quiet, 3)));
    await until(
      () => order.length,
      (length) => length === 603,
    );
    expect(order.lastIndexOf(quiet.tenantId)).toBeLessThan(300);
  }, 60_000);
});

/** Runs of a kind of work that have come to an end, whatever it was. */
async function endedRuns(kind: string): Promise<number> {
  const metric = await register.getSingleMetric('openchair_work_seconds')?.get();
  const counts = metric?.values as { value: number; labels: object; metricName?: string }[] | undefined;
  const mine = counts?.find(
    ({ labels, metricName }) => metricName?.endsWith('_count') && 'kind' in labels && labels.kind === kind,
  );
  return mine?.value ?? 0;
}
