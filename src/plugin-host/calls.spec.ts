import { STANDARD_RULES } from './adapters/lane.js';
import { LOCATION, Stand, until } from './stand.fixture.js';

describe('calls of plugins', () => {
  const stand = new Stand();
  const { practice, scopeOf, connect, events } = stand;
  let { host, vendor, plugins } = {} as Pick<Stand, 'host' | 'vendor' | 'plugins'>;

  beforeAll(async () => ({ host, vendor, plugins } = await stand.start()), 60_000);
  afterAll(() => stand.stop());
  beforeEach(() => stand.calm());

  it('gives each connection and revision an adapter of its own', async () => {
    const tenant = practice();
    const scope = scopeOf(tenant);
    const [one, two] = [(await connect(tenant, { locationIds: [LOCATION] })).body.id, (await connect(tenant)).body.id];
    const count = async (id: string) => plugins.call<number>(scope, id, 'count', [], { deadlineMs: 1_000 });
    expect([await count(one), await count(one), await count(two)]).toEqual(
      [1, 2, 1].map((value) => ({ ok: true, value })),
    );
    await host.request(tenant, 'PATCH', `/v1/connections/${one}`, { name: 'Renamed' });
    expect(await count(one)).toEqual({ ok: true, value: 1 });
    const echo = await plugins.call(scope, one, 'echo', [1, { a: 2 }], { deadlineMs: 1_000, idempotencyKey: 'k1' });
    expect(echo).toEqual({ ok: true, value: { key: 'k1', args: [1, { a: 2 }], zone: 'America/Chicago', id: one } });
    expect(await plugins.call(scope, one, 'fly', [], { deadlineMs: 1_000 })).toMatchObject({
      failure: { reason: 'not_supported' },
    });
    await expect(plugins.call(scopeOf(practice()), one, 'count', [], { deadlineMs: 1_000 })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('tries again by the class of the failure, within the deadline', async () => {
    const tenant = practice();
    const scope = scopeOf(tenant);
    const id = (await connect(tenant)).body.id;
    vendor.seen.status = 503;
    const tries = async (method: string, options: object) => {
      const before = vendor.seen.hits;
      await plugins.call(scope, id, method, [], { deadlineMs: 5_000, ...options });
      return vendor.seen.hits - before;
    };
    expect(await tries('probe', { retries: 2 })).toBe(3);
    // A write that may have happened is not repeated blindly, and no read beyond its deadline.
    expect(await tries('probe', { retries: 2, idempotencyKey: 'w' })).toBe(1);
    vendor.seen.status = 200;
    expect(await tries('probe', { retries: 2 })).toBe(1);
    vendor.seen.status = 503;
    expect(await tries('probe', { retries: 2, deadlineMs: 150 })).toBe(1);
    vendor.seen.status = 401;
    expect(await tries('probe', { retries: 2 })).toBe(1);
    vendor.seen.status = 200;
  });

  it('does not let a hanging system delay another one, and stops waiting at the deadline', async () => {
    const tenants = [practice(), practice()] as const;
    const [dead, alive] = [(await connect(tenants[0])).body.id, (await connect(tenants[1])).body.id];
    const quickly = () => plugins.call(scopeOf(tenants[1]), alive, 'count', [], { deadlineMs: 2_500 });
    const hang = () => plugins.call(scopeOf(tenants[0]), dead, 'hang', [], { deadlineMs: 3_000 });
    let over = false;
    const hanging = Promise.all(Array.from({ length: 100 }, hang)).finally(() => (over = true));
    const quick = [...(await Promise.all(Array.from({ length: 20 }, quickly))), await quickly()];
    expect({ ok: quick.every(({ ok }) => ok), over }).toEqual({ ok: true, over: false });
    const reasons = (await hanging).map((result) => (result.ok ? 'ok' : result.failure.reason));
    const { concurrency, queue } = STANDARD_RULES;
    expect(reasons.filter((reason) => reason === 'too_many_calls')).toHaveLength(100 - concurrency - queue);
    expect(reasons.filter((reason) => reason === 'deadline_exceeded').length).toBeGreaterThanOrEqual(concurrency);
    // A call whose turn comes after five others were lost finds the breaker open.
    expect(new Set([...reasons, 'circuit_open'])).toEqual(
      new Set(['too_many_calls', 'deadline_exceeded', 'circuit_open']),
    );
  });

  it('opens the breaker after five failures, tries with one call, and tells each change once', async () => {
    const tenant = practice();
    const scope = scopeOf(tenant);
    const id = (await connect(tenant)).body.id;
    const probe = () => plugins.call(scope, id, 'probe', [], { deadlineMs: 5_000 });
    const state = async () => (await host.request(tenant, 'GET', `/v1/connections/${id}`)).body.state;
    expect(await probe()).toMatchObject({ ok: true });
    expect(await state()).toMatchObject({ status: 'up' });

    vendor.seen.status = 503;
    for (let failure = 1; failure <= 5; failure += 1) {
      expect(await state()).toMatchObject({ status: 'up' });
      expect(await probe()).toMatchObject({ failure: { kind: 'retryable', reason: 'vendor_5xx' } });
    }
    const hits = vendor.seen.hits;
    expect(await probe()).toEqual({
      ok: false,
      failure: { kind: 'retryable', reason: 'circuit_open', outcome: 'not_done' },
    });
    expect(await state()).toMatchObject({ status: 'down', reason: 'vendor_5xx' });
    expect(vendor.seen.hits).toBe(hits);

    const burst = await until(
      () => Promise.all(Array.from({ length: 4 }, probe)),
      (results) => results.some((result) => !result.ok && result.failure.reason === 'vendor_5xx'),
    );
    expect(burst.filter((result) => !result.ok && result.failure.reason === 'circuit_open')).toHaveLength(3);
    expect(vendor.seen.hits).toBe(hits + 1);

    vendor.seen.status = 200;
    await until(probe, ({ ok }) => ok);
    expect(await state()).toMatchObject({ status: 'up', reason: null });
    // Neither who refuses nor who will do it later is down.
    for (const method of ['refuse', 'accept'])
      for (let call = 1; call <= 6; call += 1) await plugins.call(scope, id, method, [], { deadlineMs: 1_000 });
    expect(await plugins.call(scope, id, 'accept', [], { deadlineMs: 1_000 })).toMatchObject({
      failure: { reason: 'under_way', outcome: 'accepted' },
    });
    expect(await state()).toMatchObject({ status: 'up' });
    expect(await events(id)).toEqual(['connection.changed', 'connection.down', 'connection.up', 'connection.up']);
  });

  it('lets a secondary read fail without a word about the other side, and none through an open breaker', async () => {
    const tenant = practice();
    const scope = scopeOf(tenant);
    const id = (await connect(tenant)).body.id;
    const probe = (secondary: boolean) => plugins.call(scope, id, 'probe', [], { deadlineMs: 5_000, secondary });
    const status = async () => (await host.request(tenant, 'GET', `/v1/connections/${id}`)).body.state.status;
    expect(await probe(false)).toMatchObject({ ok: true });
    for (const answer of [503, 503, 503, 503, 503, 503, 401]) {
      vendor.seen.status = answer;
      expect(await probe(true)).toMatchObject({ ok: false });
    }
    expect(await status()).toBe('up');
    vendor.seen.status = 200;
    expect(await probe(false)).toMatchObject({ ok: true });

    vendor.seen.status = 503;
    for (let failure = 1; failure <= 5; failure += 1) await probe(false);
    expect(await status()).toBe('down');
    vendor.seen.status = 200;
    const hits = vendor.seen.hits;
    expect(await probe(true)).toMatchObject({ failure: { reason: 'circuit_open', outcome: 'not_done' } });
    expect(vendor.seen.hits).toBe(hits);
    await until(
      () => probe(false),
      ({ ok }) => ok,
    );
    expect(await probe(true)).toMatchObject({ ok: true });
  });
});
