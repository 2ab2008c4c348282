import { ManualClock, mintTenantScope } from '../src/kernel/index.js';
import { UnitOfWork } from '../src/persistence/index.js';
import { DueWork, WorkHandlers } from '../src/queues/index.js';
import { outcome, type Api } from './harness/api.js';
import { location, Tenancy, type TestAgency } from './harness/tenants.js';
import { until } from './harness/until.js';

/** After so long an event is in the feed. */
const SETTLED_MS = 5_000;

describe('operations', () => {
  const clock = new ManualClock(Date.now());
  let house: Tenancy;
  let agency: TestAgency;

  beforeAll(async () => {
    house = await Tenancy.start({ clock });
    agency = await house.agency();
  }, 60_000);
  afterAll(() => house.running.stop());

  const practice = async (name: string): Promise<{ id: string; api: Api }> => {
    const id = await house.practice(agency, name);
    return { id, api: agency.admin.api.in(id) };
  };

  describe('events', () => {
    it('are read in order and whole, page by page and from the last one seen, with ids only', async () => {
      const { id, api } = await practice('Feed');
      const reader = await house.key(api, ['events:read']);
      await Promise.all(
        Array.from({ length: 12 }, (_, n) => api.ok('POST', '/v1/locations', location({ name: `Place ${n}` }))),
      );
      const fresh = await reader.api.ok('GET', '/v1/events');
      expect(fresh.data).toEqual([]);
      clock.advance(SETTLED_MS);
      const seen: string[] = [];
      for (let query = '?limit=5'; query !== '';) {
        const { data, hasMore, nextCursor } = await reader.api.ok('GET', `/v1/events${query}`);
        seen.push(...data.map((event: { id: string }) => event.id));
        query = hasMore ? `?limit=5&cursor=${nextCursor}` : '';
      }
      expect([seen.length, new Set(seen).size, [...seen].sort()]).toEqual([13, 13, seen]);
      await api.ok('PATCH', '/v1/settings', { brand: { name: 'Feed Dental' } });
      clock.advance(SETTLED_MS);
      const { data } = await reader.api.ok('GET', `/v1/events?after=${seen.at(-1)}`);
      expect(data).toMatchObject([
        { type: 'settings.changed', subject: { kind: 'settings', id }, actor: { kind: 'user', id: agency.admin.id } },
        { type: 'brand.changed', subject: { kind: 'brand', id } },
      ]);
      expect(JSON.stringify(data)).not.toMatch(/Feed Dental|Place/);
      const filtered = await reader.api.ok('GET', `/v1/events?type=location.changed&subjectKind=location&limit=100`);
      expect(filtered.data).toHaveLength(12);
      const foreign = await (await practice('Elsewhere')).api.get(`/v1/events?after=${seen.at(-1)}`);
      expect(outcome(foreign)).toEqual([404, 'not_found']);
      for (const query of ['type=nothing', 'subjectId=%24ne', 'after=evt_1', 'colour=red'])
        expect(outcome(await reader.api.get(`/v1/events?${query}`))).toEqual([400, 'invalid_request']);
    });

    it('are seen by their own practice and by who may read them', async () => {
      const [mine, other] = [await practice('Mine'), await practice('Other')];
      const reader = await house.key(mine.api, ['practice:read']);
      expect(outcome(await reader.api.get('/v1/events'))).toEqual([403, 'forbidden']);
      clock.advance(SETTLED_MS);
      const all = await mine.api.ok('GET', `/v1/events?limit=1`);
      expect(all.data.map(({ subject }: { subject: { id: string } }) => subject.id)).toEqual([mine.id]);
      await mine.api.ok('POST', '/v1/locations', location());
      clock.advance(SETTLED_MS);
      const { nextCursor } = await mine.api.ok('GET', '/v1/events?limit=1');
      expect(outcome(await other.api.get(`/v1/events?cursor=${nextCursor}`))).toEqual([404, 'not_found']);
    });
  });

  it('dead letters are seen, sent round again, and gone', async () => {
    const { id, api } = await practice('Letters');
    const { app } = house.running;
    let mended = false;
    const ran: string[] = [];
    app.get(WorkHandlers).register({
      kind: 'spec.letter',
      transactional: true,
      ladder: [],
      handle: ({ row }) => {
        ran.push(row._id);
        return mended ? Promise.resolve() : Promise.reject(new Error('Grace Hopper is not a number'));
      },
    });
    const scope = mintTenantScope(id, { kind: 'system', id: 'spec' });
    await app
      .get(UnitOfWork)
      .run((tx) =>
        app.get(DueWork).add(scope, tx, [{ kind: 'spec.letter', key: 'one', payload: { eventId: 'evt_1' } }]),
      );
    const letters = () => api.ok('GET', '/v1/dead-letters?kind=spec.letter').then(({ data }) => data);
    const dead = await until(letters, (data) => data.length > 0);
    expect(dead).toMatchObject([
      { id: 'spec.letter:one', kind: 'spec.letter', state: 'dead', about: { eventId: 'evt_1' }, attempts: 1 },
    ]);
    expect(JSON.stringify(dead)).not.toContain('Grace');
    const path = '/v1/dead-letters/spec.letter:one/replay';
    const stranger = (await practice('Stranger')).api;
    expect(outcome(await stranger.post(path))).toEqual([404, 'not_found']);
    const reader = await house.key(api, ['events:read']);
    expect(outcome(await reader.api.post(path))).toEqual([403, 'forbidden']);
    mended = true;
    expect(await api.ok('POST', path)).toMatchObject({ id: 'spec.letter:one', state: 'ready', attempts: 0 });
    await until(
      () => Promise.resolve(ran.length),
      (times) => times === 2,
    );
    expect(await letters()).toEqual([]);
    expect(outcome(await api.post(path))).toEqual([404, 'not_found']);
  });
});
