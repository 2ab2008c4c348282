import { ManualClock } from '../src/kernel/index.js';
import { outcome, type Api, type ApiAnswer } from './harness/api.js';
import type { RunningApp } from './harness/app.js';
import { setUp, Tenancy, type TestAgency } from './harness/tenants.js';

const SITE = 'https://www.elmdental.example';
const OTHER = 'https://evil.example';
/** Other processes take a key for what it was for so long. */
const KEPT_MS = 3_000;

describe('widget sessions', () => {
  const clock = new ManualClock(Date.now());
  let house: Tenancy;
  let twin: RunningApp;
  let agency: TestAgency;
  let practiceId: string;
  let practice: Api;

  beforeAll(async () => {
    house = await Tenancy.start({ clock });
    twin = await house.twin(clock);
    agency = await house.agency();
    practiceId = await house.practice(agency);
    practice = agency.admin.api.in(practiceId);
    await setUp(practice);
  }, 60_000);
  afterAll(async () => {
    await twin.app.close();
    await house.running.stop();
  });

  const key = (more: object = {}): Promise<{ id: string; key: string }> =>
    practice.ok('POST', '/v1/widget-keys', { name: 'Site', origins: [SITE], ...more });
  const open = (site: Api, publishable: string) => site.post('/v1/widget/sessions', { key: publishable });
  const reasons = (session: Api): Promise<ApiAnswer> => session.get('/v1/widget/reasons?patientType=new');
  /** A session, as the page that opened it holds it. */
  const session = async (publishable: string, origin: string | null = SITE): Promise<Api> => {
    const site = origin === null ? house.anyone : house.anyone.from(origin);
    const answer = await open(site, publishable);
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return site.as(answer.body.token);
  };
  const withoutOrigin = ({ headers }: Api) => house.anyone.with({ authorization: headers['authorization'] as string });
  const own = () => new URL(house.env['BASE_URL'] as string).origin;

  describe('belong to the origin that opened them', () => {
    it('which has to be on the list of the key', async () => {
      const made = await key();
      expect((await open(house.anyone.from(SITE), made.key)).status).toBe(201);
      for (const origin of [OTHER, 'https://elmdental.example', `${SITE}:8443`, 'http://www.elmdental.example', 'null'])
        expect(outcome(await open(house.anyone.from(origin), made.key))).toEqual([403, 'origin_not_allowed']);
      expect(outcome(await open(house.anyone, made.key))).toEqual([403, 'origin_not_allowed']);
      expect(outcome(await open(house.anyone.from(SITE), 'oc_pub_nobodyknowsthiskey'))).toEqual([
        401,
        'unauthenticated',
      ]);
    });

    it('and open nothing from another origin, or from none', async () => {
      const mine = await session((await key()).key);
      expect((await reasons(mine)).status).toBe(200);
      expect(outcome(await reasons(mine.from(OTHER)))).toEqual([403, 'origin_not_allowed']);
      expect(outcome(await reasons(withoutOrigin(mine)))).toEqual([403, 'origin_not_allowed']);
    });

    it('a program without an origin needs a key for it, and no page can use its session', async () => {
      const made = await key({ origins: [], allowServerSide: true });
      const program = await session(made.key, null);
      expect((await reasons(program)).status).toBe(200);
      expect(outcome(await reasons(program.from(SITE)))).toEqual([403, 'origin_not_allowed']);
      await practice.ok('PATCH', `/v1/widget-keys/${made.id}`, { allowServerSide: false });
      expect(outcome(await reasons(program))).toEqual([403, 'origin_not_allowed']);
    });

    it("the platform's own page reads without an Origin, as browsers do on their own site", async () => {
      const page = await session((await key({ origins: [] })).key, own());
      expect((await reasons(page)).status).toBe(200);
      expect((await reasons(withoutOrigin(page))).status).toBe(200);
      expect(outcome(await reasons(page.from(OTHER)))).toEqual([403, 'origin_not_allowed']);
    });

    it('and are good for the widget API alone', async () => {
      const mine = await session((await key()).key);
      for (const path of ['/v1/locations', '/v1/patients', '/v1/auth/me', '/v1/settings'])
        expect(outcome(await mine.get(path))).toEqual([401, 'unauthenticated']);
      expect(outcome(await reasons(practice.from(SITE)))).toEqual([401, 'unauthenticated']);
    });
  });

  describe('end with their key', () => {
    const ends: [what: string, act: (id: string) => Promise<unknown>, code: string][] = [
      ['is removed', (id) => practice.delete(`/v1/widget-keys/${id}`), 'unauthenticated'],
      ['is switched off', (id) => practice.ok('PATCH', `/v1/widget-keys/${id}`, { active: false }), 'unauthenticated'],
      [
        'loses the origin',
        (id) => practice.ok('PATCH', `/v1/widget-keys/${id}`, { origins: [OTHER] }),
        'origin_not_allowed',
      ],
    ];

    it.each(ends)('when it %s: at once here, and elsewhere after some seconds', async (_what, act, code) => {
      const made = await key();
      const here = await session(made.key);
      const there = here.at(twin.baseUrl);
      expect([(await reasons(here)).status, (await reasons(there)).status]).toEqual([200, 200]);
      await act(made.id);
      expect((await reasons(here)).body.code).toBe(code);
      clock.advance(KEPT_MS + 1);
      expect((await reasons(there)).body.code).toBe(code);
    });

    it('and not when it is only renamed', async () => {
      const made = await key();
      const mine = await session(made.key);
      await practice.ok('PATCH', `/v1/widget-keys/${made.id}`, { name: 'New name' });
      expect((await reasons(mine)).status).toBe(200);
    });

    it('and by themselves after an hour', async () => {
      const mine = await session((await key()).key);
      clock.advance(3_599_000);
      expect((await reasons(mine)).status).toBe(200);
      clock.advance(2_000);
      expect(outcome(await reasons(mine))).toEqual([401, 'unauthenticated']);
      // The admin's access token has ended too.
      agency = { ...agency, admin: { ...agency.admin, ...(await house.logIn(agency.admin.email)) } };
      practice = agency.admin.api.in(practiceId);
    });
  });

  it('are not opened for a practice that is not live, and the answer says why', async () => {
    const draft = agency.admin.api.in(await house.practice(agency, 'Draft Dental'));
    const made = await draft.ok('POST', '/v1/widget-keys', { name: 'Site', origins: [SITE] });
    const refused = await open(house.anyone.from(SITE), made.key);
    expect(outcome(refused)).toEqual([409, 'setup_incomplete']);
    expect(refused.body.detail).toContain('set-up');
    await setUp(draft);
    expect((await open(house.anyone.from(SITE), made.key)).status).toBe(201);
  });

  describe('cross-origin rules', () => {
    const asked = (path: string, init: RequestInit) => fetch(`${house.running.baseUrl}${path}`, init);
    const preflight = (origin: string, path = '/v1/widget/bookings') =>
      asked(path, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
      });

    it('a preflight is answered without any credential and touches no budget', async () => {
      const answer = await preflight(SITE);
      expect(answer.status).toBe(204);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'access-control-allow-origin': SITE,
        'access-control-allow-methods': 'GET, POST, DELETE',
        'access-control-allow-headers': expect.stringContaining('Authorization'),
        'access-control-max-age': '600',
        vary: expect.stringContaining('Origin'),
      });
      expect([answer.headers.get('ratelimit'), answer.headers.get('access-control-allow-credentials')]).toEqual([
        null,
        null,
      ]);
      for (const origin of ['null', 'http://plain.example', 'file://']) {
        const refused = await preflight(origin);
        expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([204, null]);
      }
      const elsewhere = await preflight(SITE, '/v1/widget-keys');
      expect(elsewhere.headers.get('access-control-allow-origin')).toBeNull();
    });

    it.each<[string, string, RequestInit, number]>([
      ['a body of 5 MB', '/v1/widget/holds', { body: `{"slotId":"${'x'.repeat(5_000_000)}"}` }, 413],
      ['another media type', '/v1/widget/holds', { body: 'a', headers: { 'content-type': 'text/plain' } }, 415],
      ['broken JSON', '/v1/widget/holds', { body: '{"slotId":' }, 400],
      ['a $-key', '/v1/widget/holds', { body: '{"$gt":1}' }, 400],
      ['a repeated query parameter', '/v1/widget/slots?days=1&days=2', { method: 'GET' }, 400],
      ['no credential', '/v1/widget/holds', { body: '{}' }, 401],
      ['an unknown path', '/v1/widget/nothing', { body: '{}' }, 404],
    ])('the page can read the refusal of %s', async (_what, path, init, status) => {
      const answer = await asked(path, {
        method: 'POST',
        ...init,
        headers: { origin: SITE, 'content-type': 'application/json', ...(init.headers as object) },
      });
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([status, SITE]);
      expect(answer.headers.get('access-control-expose-headers')).toContain('Retry-After');
      expect(await answer.json()).toMatchObject({ status, requestId: answer.headers.get('x-request-id') });
    });
  });
});
