import { decodeJwt, SignJWT, generateKeyPair } from 'jose';
import { SigningKeys } from '../src/identity/access/signing-keys.js';
import { Persistence } from '../src/persistence/index.js';
import { outcome, type Api, type ApiAnswer } from './harness/api.js';
import type { RunningApp } from './harness/app.js';
import { address, Tenancy, type TestAgency } from './harness/tenants.js';

const statuses = (answers: ApiAnswer[]) =>
  answers.reduce<Record<number, number>>((all, { status }) => ({ ...all, [status]: (all[status] ?? 0) + 1 }), {});

describe('credentials', () => {
  let house: Tenancy;
  let agency: TestAgency;
  let practiceId: string;
  let practice: Api;

  beforeAll(async () => {
    house = await Tenancy.start();
    agency = await house.agency();
    practiceId = await house.practice(agency);
    practice = agency.admin.api.in(practiceId);
  }, 60_000);
  afterAll(() => house.running.stop());

  it('every token that is not exactly an access token of ours opens nothing', async () => {
    const { accessToken, id } = agency.admin;
    const { sid } = decodeJwt(accessToken);
    const signing = house.running.app.get(SigningKeys);
    const { privateKey } = await generateKeyPair('EdDSA');
    const foreign = (typ: string, kid: string) =>
      new SignJWT({ sid })
        .setProtectedHeader({ alg: 'EdDSA', typ, kid })
        .setIssuer('http://127.0.0.1:3000')
        .setAudience('http://127.0.0.1:3000')
        .setSubject(id)
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(privateKey);
    const [head, body, signature] = accessToken.split('.') as [string, string, string];
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url');
    const tokens = [
      await foreign('at+jwt', 'k1'),
      await foreign('at+jwt', 'k2'),
      await signing.sign('widget+jwt', id, { sid }, 900),
      await signing.sign('at+jwt', id, { sid }, -1),
      await signing.sign('at+jwt', id, {}, 900),
      await signing.sign('at+jwt', id, { sid: { $ne: '' } as never }, 900),
      `${none}.${body}.`,
      `${head}.${body}.${signature.slice(1)}`,
      agency.admin.refreshToken,
      'oc_live_nothing',
      house.env['PLATFORM_TOKEN'] as string,
    ];
    const answers = await Promise.all(tokens.map((token) => house.anyone.as(token).get('/v1/auth/me')));
    expect(answers.map(outcome)).toEqual(tokens.map(() => [401, 'unauthenticated']));
    expect((await house.anyone.as(accessToken).get('/v1/auth/me')).status).toBe(200);
    expect(outcome(await agency.admin.api.post('/v1/agencies', {}))).toEqual([401, 'unauthenticated']);
  });

  it('two applications of one process share nothing of their log-ins', async () => {
    const other = await Tenancy.start();
    try {
      const foreign = await other.agency('Elsewhere');
      expect((await agency.admin.api.get('/v1/auth/me')).body.id).toBe(agency.admin.id);
      expect((await foreign.admin.api.get('/v1/auth/me')).body.id).toBe(foreign.admin.id);
      const crossed = await Promise.all([
        agency.admin.api.at(other.running.baseUrl).get('/v1/auth/me'),
        foreign.admin.api.at(house.running.baseUrl).get('/v1/auth/me'),
      ]);
      expect(crossed.map(outcome)).toEqual([
        [401, 'unauthenticated'],
        [401, 'unauthenticated'],
      ]);
    } finally {
      await other.running.stop();
    }
  }, 60_000);

  describe('API keys', () => {
    const make = (by: Api, permissions: string[], more: object = {}) =>
      by.post('/v1/api-keys', { name: 'Spec', mode: 'test', permissions, ...more });

    it('of a practice never hold what belongs to an agency, whoever makes them', async () => {
      const admin = await house.user(practice, 'practice_admin');
      expect(outcome(await make(practice, ['agency:write']))).toEqual([400, 'invalid_request']);
      expect(outcome(await make(admin.api, ['practice:read', 'agency:read']))).toEqual([400, 'invalid_request']);
      // Even a row that says so gives nothing.
      const key = await house.key(practice, ['practice:read']);
      const rows = house.running.app.get(Persistence).connection.collection<{ _id: string }>('api_keys');
      await rows.updateOne(
        { _id: key.id },
        { $set: { permissions: ['practice:read', 'agency:read', 'agency:write'] } },
      );
      expect((await key.api.get('/v1/auth/me')).body.permissions).toEqual(['practice:read']);
      expect(outcome(await key.api.post('/v1/practices', { name: 'Mine' }))).toEqual([403, 'forbidden']);
      expect(outcome(await key.api.in(await house.practice(agency, 'Other')).get('/v1/locations'))).toEqual([
        404,
        'not_found',
      ]);
    });

    it('make no key that may do more than they may, nor get hold of one by rotating it', async () => {
      const maker = await house.key(practice, ['keys:read', 'keys:write', 'practice:read']);
      const strong = await house.key(practice, ['keys:write', 'patients:read']);
      expect(outcome(await make(maker.api, ['patients:read']))).toEqual([403, 'forbidden']);
      expect(outcome(await maker.api.post(`/v1/api-keys/${strong.id}/rotate`))).toEqual([403, 'forbidden']);
      expect((await make(maker.api, ['practice:read'])).status).toBe(201);
      expect((await maker.api.post(`/v1/api-keys/${maker.id}/rotate`)).status).toBe(200);
    });

    it('make no key that lives longer, is good from more places or is of another kind', async () => {
      const soon = '2099-01-01T00:00:00Z';
      const addresses = ['127.0.0.1', '203.0.113.9'];
      const maker = await house.key(practice, ['keys:write', 'practice:read'], { addresses, expiresAt: soon });
      const within = { addresses: ['203.0.113.9'], expiresAt: soon };
      const tries = [
        { ...within, expiresAt: '2099-01-01T00:00:01Z' },
        { addresses: within.addresses },
        { ...within, addresses: [] },
        { ...within, addresses: ['203.0.113.9', '203.0.113.10'] },
        { ...within, mode: 'live' },
      ];
      for (const more of tries)
        expect(outcome(await make(maker.api, ['practice:read'], more))).toEqual([403, 'forbidden']);
      expect((await make(maker.api, ['practice:read'], within)).status).toBe(201);
      expect(outcome(await make(practice, ['practice:read'], { expiresAt: '2020-01-01T00:00:00Z' }))).toEqual([
        400,
        'invalid_request',
      ]);
      expect(outcome(await make(practice, ['practice:read'], { addresses: ['1.2.3'] }))).toEqual([
        400,
        'invalid_request',
      ]);
    });

    it('are good from their addresses, until they are revoked, and overlap after a rotation', async () => {
      const away = await house.key(practice, ['practice:read'], { addresses: ['203.0.113.9'] });
      const here = await house.key(practice, ['practice:read'], { addresses: ['127.0.0.1'] });
      expect([(await away.api.get('/v1/locations')).status, (await here.api.get('/v1/locations')).status]).toEqual([
        401, 200,
      ]);
      const { secret } = await practice.ok('POST', `/v1/api-keys/${here.id}/rotate`);
      const both = await Promise.all([here.api, house.anyone.as(secret)].map((api) => api.get('/v1/locations')));
      expect(both.map(({ status }) => status)).toEqual([200, 200]);
      expect((await practice.delete(`/v1/api-keys/${here.id}`)).status).toBe(204);
      const after = await Promise.all([here.api, house.anyone.as(secret)].map((api) => api.get('/v1/locations')));
      expect(after.map(({ status }) => status)).toEqual([401, 401]);
    });

    it('rotated twice at once show no secret that is not good, and a repeated rotation acts once', async () => {
      const key = await house.key(practice, ['practice:read']);
      const rotate = (by: Api) => by.ok('POST', `/v1/api-keys/${key.id}/rotate`);
      const good = async (secrets: string[]) =>
        (await Promise.all(secrets.map((one) => house.anyone.as(one).get('/v1/locations')))).map(
          ({ status }) => status,
        );
      const shown = await Promise.all([1, 2].map(() => rotate(practice)));
      expect(await good(shown.map(({ secret }) => secret))).toEqual([200, 200]);
      const keyed = practice.with({ 'idempotency-key': `rotate-${key.id}` });
      const [first, again] = [await rotate(keyed), await rotate(keyed)];
      expect(again.secret).toBe(first.secret);
      expect(await good([first.secret, key.secret])).toEqual([200, 401]);
    });

    it('of another practice or agency answer as missing', async () => {
      const other = await house.agency('Keys elsewhere');
      const foreign = await house.key(other.admin.api, ['practice:read']);
      const ofAgency = await house.key(agency.admin.api, ['practice:read']);
      for (const [api, id] of [
        [agency.admin.api, foreign.id],
        [practice, ofAgency.id],
      ] as [Api, string][]) {
        const answers = [await api.post(`/v1/api-keys/${id}/rotate`), await api.delete(`/v1/api-keys/${id}`)];
        expect(answers.map(outcome)).toEqual(Array(2).fill([404, 'not_found']));
      }
    });
  });
});

describe('budgets', () => {
  const LIMITS = {
    TRUST_PROXY_HOPS: '1',
    RATE_LIMIT_ADDRESS: '30',
    RATE_LIMIT_CREDENTIAL: '40',
    RATE_LIMIT_LOGIN: '3',
    RATE_LIMIT_REFUSED: '20',
  };
  let house: Tenancy;
  let twin: RunningApp;
  let agency: TestAgency;
  let practice: Api;
  let last = 0;
  /** Each test comes from an address of its own. */
  const from = (api: Api, ip = `203.0.113.${(last += 1)}`) => api.with({ 'x-forwarded-for': ip });

  beforeAll(async () => {
    house = await Tenancy.start({ env: LIMITS });
    twin = await house.twin();
    agency = await house.agency();
    practice = agency.admin.api.in(await house.practice(agency));
  }, 60_000);
  afterAll(async () => {
    await twin.app.close();
    await house.running.stop();
  });

  /** `count` requests, in turn to both processes. */
  const both = (api: Api, count: number, ask: (api: Api, n: number) => Promise<ApiAnswer>) =>
    Promise.all(Array.from({ length: count }, (_, n) => ask(n % 2 ? api : api.at(twin.baseUrl), n)));

  it('are one for all processes, and say what is left', async () => {
    const { api } = await house.key(practice, ['practice:read']);
    const first = await from(api).get('/v1/locations');
    expect(first.headers.get('ratelimit-policy')).toBe('"credential";q=40;w=60');
    expect(first.headers.get('ratelimit')).toMatch(/^"credential";r=39;t=(60|59)$/);
    const answers = await both(from(api), 60, (one) => one.get('/v1/locations'));
    expect(statuses(answers)).toEqual({ 200: 39, 429: 21 });
    const over = answers.find(({ status }) => status === 429) as ApiAnswer;
    expect(over.body).toMatchObject({ code: 'rate_limited', violatedPolicies: ['credential'] });
    const wait = Number(over.headers.get('retry-after'));
    expect([wait > 0, wait <= 60]).toEqual([true, true]);
    expect(over.headers.get('ratelimit')).toBe(`"credential";r=0;t=${wait}`);
    const left = answers.flatMap(({ status, headers }) =>
      status === 200 ? [Number(/r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1])] : [],
    );
    expect([...left].sort((a, b) => a - b)).toEqual(Array.from({ length: 39 }, (_, n) => n));
  });

  it('stop who guesses credentials, at any process, and nobody else', async () => {
    const guesser = from(house.anyone);
    const answers = await both(guesser, 50, (api, n) => api.as(`oc_live_guess${n}`).get('/v1/locations'));
    expect(statuses(answers)).toEqual({ 401: 20, 429: 30 });
    const over = answers.find(({ status }) => status === 429) as ApiAnswer;
    expect(over.body.violatedPolicies).toEqual(['refused-address']);
    expect(over.headers.get('ratelimit-policy')).toContain('"refused-address";q=20;w=60');
    expect(Number(over.headers.get('retry-after'))).toBeGreaterThan(0);
    // A good credential goes on working from that address, and so do other addresses.
    const { api } = await house.key(practice, ['practice:read']);
    const same = api.with({ 'x-forwarded-for': `203.0.113.${last}` });
    expect((await same.get('/v1/locations')).status).toBe(200);
    expect(outcome(await from(house.anyone).as('oc_live_guess').get('/v1/locations'))).toEqual([
      401,
      'unauthenticated',
    ]);
  });

  it('stop who probes for ids or routes, by credential from many addresses and by address with many credentials', async () => {
    const { api } = await house.key(practice, ['practice:read']);
    const id = (n: number) => `loc_01m86nzvwrxx06m34wbd8maz${String(n).padStart(2, '0')}`;
    const probes = await both(api, 30, (one, n) => from(one).get(`/v1/locations/${id(n)}`));
    expect(statuses(probes)).toEqual({ 404: 20, 429: 10 });
    expect(probes.find(({ status }) => status === 429)?.body.violatedPolicies).toEqual(['refused-credential']);
    expect((await from(api).get('/v1/locations')).status).toBe(200);

    const routes = await both(from(house.anyone), 30, (one, n) => one.get(`/v1/secret-${n}`));
    expect(statuses(routes)).toEqual({ 404: 20, 429: 10 });

    const readers = await Promise.all([1, 2, 3].map(() => house.key(practice, ['practice:read'])));
    const place = `203.0.113.${(last += 1)}`;
    const forbidden = await both(api, 30, (_, n) =>
      from((readers[n % 3] as { api: Api }).api, place).post('/v1/locations', {}),
    );
    expect(statuses(forbidden)).toEqual({ 403: 20, 429: 10 });
  });

  it('count an IPv6 network as one caller, and IPv4 in IPv6 as IPv4', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => from(house.anyone, `2001:db8:1:2::${n + 1}`).get('/v1/nothing')),
    );
    expect(statuses(answers)).toEqual({ 404: 20, 429: 10 });
    expect((await from(house.anyone, '2001:db8:1:3::1').get('/v1/nothing')).status).toBe(404);
    const mapped = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        from(house.anyone, n % 2 ? '198.51.100.7' : '::ffff:198.51.100.7').get('/v1/nothing'),
      ),
    );
    expect(statuses(mapped)).toEqual({ 404: 20, 429: 10 });
  });

  it('stop who tries passwords for an account, without locking its owner out elsewhere', async () => {
    const user = await house.user(practice, 'scheduler');
    const wrong = { email: user.email, password: 'not the password' };
    const attacker = from(house.anyone);
    const tries = await both(attacker, 8, (api) => api.post('/v1/auth/login', wrong));
    expect(statuses(tries)).toEqual({ 401: 3, 429: 5 });
    const right = { email: user.email, password: user.password };
    expect((await attacker.post('/v1/auth/login', right)).status).toBe(429);
    const home = await from(house.anyone).post('/v1/auth/login', right);
    expect(home.status).toBe(200);
    expect(home.headers.get('ratelimit-policy')).toBe(
      '"address";q=30;w=60, "login-address";q=30;w=60, "login";q=3;w=60, "login-account";q=30;w=60',
    );
    expect(home.headers.get('ratelimit')).toMatch(/"login";r=2;t=\d+/);
    // An unknown account is counted alike.
    const nobody = { email: address(), password: 'not the password' };
    const unknown = await both(from(house.anyone), 8, (api) => api.post('/v1/auth/login', nobody));
    expect(statuses(unknown)).toEqual({ 401: 3, 429: 5 });
  });

  it('stop who tries one account from everywhere', async () => {
    const email = (await house.user(practice, 'scheduler')).email;
    const tries = await both(house.anyone, 40, (api, n) =>
      from(api, `198.51.100.${100 + n}`).post('/v1/auth/login', { email, password: 'not the password' }),
    );
    // One try of the 30 was the owner's own log-in.
    expect(statuses(tries)).toEqual({ 401: 29, 429: 11 });
    expect(tries.find(({ status }) => status === 429)?.body.violatedPolicies).toEqual(['login-account']);
  });
});

describe('without Redis', () => {
  it('each process keeps the budgets by itself, and serves', async () => {
    const house = await Tenancy.start({
      env: { REDIS_URL: 'redis://127.0.0.1:1', RATE_LIMIT_CREDENTIAL: '5', RATE_LIMIT_REFUSED: '5' },
    });
    try {
      const agency = await house.agency();
      const key = await house.key(agency.admin.api, ['practice:read']);
      const good: ApiAnswer[] = [];
      const refused: ApiAnswer[] = [];
      for (let n = 0; n < 8; n += 1) {
        good.push(await key.api.get('/v1/practices'));
        refused.push(await house.anyone.get(`/v1/nothing-${n}`));
      }
      expect([statuses(good), statuses(refused)]).toEqual([
        { 200: 5, 429: 3 },
        { 404: 5, 429: 3 },
      ]);
    } finally {
      await house.running.stop();
    }
  }, 60_000);
});
