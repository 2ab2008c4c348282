import { decodeJwt } from 'jose';
import { SigningKeys } from '../src/identity/access/signing-keys.js';
import { Persistence } from '../src/persistence/index.js';
import { outcome, type Api } from './harness/api.js';
import { address, Tenancy, type LoggedIn, type TestAgency } from './harness/tenants.js';

describe('accounts', () => {
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

  const stored = (collection: string) =>
    house.running.app.get(Persistence).connection.collection<{ _id: string }>(collection);

  describe('log-in', () => {
    it('answers a wrong password, an unknown address and a disabled account alike', async () => {
      const [known, disabled] = [await house.user(practice, 'scheduler'), await house.user(practice, 'scheduler')];
      await practice.ok('PATCH', `/v1/users/${disabled.id}`, { active: false });
      const tries = [
        { email: known.email, password: 'not the password' },
        { email: address(), password: 'not the password' },
        { email: disabled.email, password: disabled.password },
      ];
      const answers = await Promise.all(tries.map((body) => house.anyone.post('/v1/auth/login', body)));
      const told = answers.map(({ status, body }) => [status, body.code, body.detail]);
      expect(told).toEqual(Array(3).fill([401, 'unauthenticated', 'The address or the password is wrong.']));
    });

    it('takes as long for an unknown address as for a known one', async () => {
      const known = await house.user(practice, 'scheduler');
      const took: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
      for (let round = 0; round < 9; round += 1) {
        for (const kind of ['known', 'unknown'] as const) {
          const email = kind === 'known' ? known.email : address();
          const began = process.hrtime.bigint();
          await house.anyone.post('/v1/auth/login', { email, password: 'not the password' });
          took[kind].push(Number(process.hrtime.bigint() - began) / 1e6);
        }
      }
      const [one, other] = [median(took.known), median(took.unknown)];
      expect(Math.min(one, other) / Math.max(one, other)).toBeGreaterThan(0.5);
    });

    it('is known by an index that the database alone cannot be searched by', async () => {
      const user = await house.user(practice, 'scheduler');
      const row = await stored('users').findOne({ _id: user.id });
      expect(row).toMatchObject({ emailIndex: expect.any(String) });
      const { createHash } = await import('node:crypto');
      const guesses = [user.email, `user|${user.email}`].flatMap((text) =>
        (['hex', 'base64', 'base64url'] as const).map((form) => createHash('sha256').update(text).digest(form)),
      );
      expect(guesses).not.toContain((row as unknown as { emailIndex: string }).emailIndex);
      expect(JSON.stringify(row)).not.toContain(user.email);
      expect((await house.logIn(user.email.toUpperCase())).accessToken).toBeTruthy();
    });
  });

  describe('tokens', () => {
    it('a log-in opens nothing for another user', async () => {
      const [one, other] = [await house.user(practice, 'read_only'), agency.admin];
      const sign = (sub: string, sid: string) => house.running.app.get(SigningKeys).sign('at+jwt', sub, { sid }, 900);
      const sid = String(decodeJwt(one.accessToken)['sid']);
      const [own, foreign] = [await sign(one.id, sid), await sign(other.id, sid)];
      expect(outcome(await house.anyone.as(own).get('/v1/auth/me'))).toEqual([200, undefined]);
      expect(outcome(await house.anyone.as(foreign).get('/v1/auth/me'))).toEqual([401, 'unauthenticated']);
    });

    it('a refresh token shown twice ends the whole log-in', async () => {
      const user = await house.user(practice, 'scheduler');
      const second = await house.anyone.ok('POST', '/v1/auth/refresh', { refreshToken: user.refreshToken });
      const third = await house.anyone.ok('POST', '/v1/auth/refresh', { refreshToken: second.refreshToken });
      expect(outcome(await house.anyone.as(third.accessToken).get('/v1/auth/me'))).toEqual([200, undefined]);
      const again = await house.anyone.post('/v1/auth/refresh', { refreshToken: user.refreshToken });
      expect(outcome(again)).toEqual([401, 'unauthenticated']);
      const after = await Promise.all([
        house.anyone.post('/v1/auth/refresh', { refreshToken: third.refreshToken }),
        house.anyone.as(third.accessToken).get('/v1/auth/me'),
        house.anyone.as(second.accessToken).get('/v1/auth/me'),
      ]);
      expect(after.map(({ status }) => status)).toEqual([401, 401, 401]);
    });

    it('of ten refreshes at once with one token, one wins and the log-in ends', async () => {
      const user = await house.user(practice, 'scheduler');
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => house.anyone.post('/v1/auth/refresh', { refreshToken: user.refreshToken })),
      );
      const won = answers.filter(({ status }) => status === 200);
      expect([won.length, answers.filter(({ status }) => status === 401).length]).toEqual([1, 9]);
      expect((await house.anyone.as(won[0]?.body.accessToken).get('/v1/auth/me')).status).toBe(401);
    });

    it('disabling a user, log-out and a new password end what was logged in', async () => {
      const [off, out] = [await house.user(practice, 'scheduler'), await house.user(practice, 'scheduler')];
      await practice.ok('PATCH', `/v1/users/${off.id}`, { active: false });
      expect((await off.api.get('/v1/auth/me')).status).toBe(401);
      await practice.ok('PATCH', `/v1/users/${off.id}`, { active: true });
      expect((await off.api.get('/v1/auth/me')).status).toBe(401);
      await house.anyone.ok('POST', '/v1/auth/logout', { refreshToken: out.refreshToken });
      expect((await out.api.get('/v1/auth/me')).status).toBe(401);
    });

    it('a forgotten password is set anew by an invitation, which is good once', async () => {
      const user = await house.user(practice, 'scheduler');
      const { inviteToken } = await practice.ok('POST', `/v1/users/${user.id}/invitation`);
      await house.anyone.ok('POST', '/v1/auth/password', { inviteToken, password: 'another long password' });
      expect((await user.api.get('/v1/auth/me')).status).toBe(401);
      expect((await house.logIn(user.email, 'another long password')).accessToken).toBeTruthy();
      const again = await house.anyone.post('/v1/auth/password', { inviteToken, password: 'a third long password' });
      expect(outcome(again)).toEqual([401, 'unauthenticated']);
    });
  });

  describe('users', () => {
    it('nobody gives a role above their own, nor one that belongs elsewhere', async () => {
      const admin = await house.user(practice, 'practice_admin');
      const reader = await house.user(practice, 'read_only');
      const invite = (by: Api, role: string) => by.post('/v1/users', { email: address(), name: 'New', role });
      expect(outcome(await invite(admin.api, 'agency_admin'))).toEqual([403, 'forbidden']);
      expect(outcome(await admin.api.patch(`/v1/users/${admin.id}`, { role: 'agency_admin' }))).toEqual([
        403,
        'forbidden',
      ]);
      // An agency's admin may give the role, but not to somebody of a practice, where it would open the whole agency.
      expect(outcome(await practice.patch(`/v1/users/${reader.id}`, { role: 'agency_admin' }))).toEqual([
        400,
        'invalid_request',
      ]);
      expect(outcome(await practice.patch(`/v1/users/${agency.admin.id}`, { role: 'scheduler' }))).toEqual([
        404,
        'not_found',
      ]);
      expect(outcome(await agency.admin.api.patch(`/v1/users/${agency.admin.id}`, { role: 'scheduler' }))).toEqual([
        400,
        'invalid_request',
      ]);
      expect((await reader.api.get('/v1/auth/me')).body.role).toBe('read_only');
      // Even a row that says so opens nothing beyond the practice.
      await stored('users').updateOne({ _id: reader.id }, { $set: { role: 'agency_admin' } });
      const { permissions } = await reader.api.ok('GET', '/v1/auth/me');
      expect(permissions.filter((one: string) => one.startsWith('agency:'))).toEqual([]);
      expect(outcome(await reader.api.post('/v1/practices', { name: 'Mine' }))).toEqual([403, 'forbidden']);
    });

    it('a key with users:write gives and touches no role that holds more than the key', async () => {
      const { api } = await house.key(practice, ['users:read', 'users:write', 'practice:read']);
      const invited = await api.post('/v1/users', { email: address(), name: 'New', role: 'scheduler' });
      expect(outcome(invited)).toEqual([403, 'forbidden']);
      const admin = await house.user(practice, 'practice_admin');
      for (const attempt of [
        api.patch(`/v1/users/${admin.id}`, { active: false }),
        api.post(`/v1/users/${admin.id}/invitation`),
        api.delete(`/v1/users/${admin.id}`),
      ])
        expect(outcome(await attempt)).toEqual([403, 'forbidden']);
    });

    it('users of another practice or agency answer as missing', async () => {
      const other = await house.agency('South Agency');
      const otherPractice = await house.practice(other);
      const stranger = await house.user(other.admin.api.in(otherPractice), 'scheduler');
      const sibling = await house.user(agency.admin.api.in(await house.practice(agency, 'Oak')), 'scheduler');
      const admin = await house.user(practice, 'practice_admin');
      for (const [api, target] of [
        [admin.api, stranger],
        [admin.api, sibling],
        [admin.api, agency.admin],
        [agency.admin.api, stranger],
        [practice, sibling],
      ] as [Api, LoggedIn][]) {
        const answers = await Promise.all([
          api.get(`/v1/users/${target.id}`),
          api.patch(`/v1/users/${target.id}`, { name: 'Taken' }),
          api.post(`/v1/users/${target.id}/invitation`),
          api.delete(`/v1/users/${target.id}`),
        ]);
        expect(answers.map(outcome)).toEqual(Array(4).fill([404, 'not_found']));
      }
      expect((await stranger.api.get('/v1/auth/me')).status).toBe(200);
    });

    it('a removed user is gone, with their log-ins, and the address is free again', async () => {
      const user = await house.user(practice, 'scheduler');
      expect((await practice.delete(`/v1/users/${user.id}`)).status).toBe(204);
      expect((await user.api.get('/v1/auth/me')).status).toBe(401);
      expect(await stored('login_sessions').countDocuments({ userId: user.id })).toBe(0);
      await practice.ok('POST', '/v1/users', { email: user.email, name: 'Again', role: 'scheduler' });
    });
  });

  describe('the last admin', () => {
    const ways: [what: string, act: (by: Api, id: string) => Promise<{ status: number; body: { code?: string } }>][] = [
      ['demoting', (by, id) => by.patch(`/v1/users/${id}`, { role: 'scheduler' })],
      ['disabling', (by, id) => by.patch(`/v1/users/${id}`, { active: false })],
      ['removing', (by, id) => by.delete(`/v1/users/${id}`)],
    ];

    it.each(ways)(
      'of a practice survives %s, also when both of two do it at once',
      async (_what, act) => {
        for (let round = 0; round < 5; round += 1) {
          const own = agency.admin.api.in(await house.practice(agency, `Race ${round}`));
          const [one, two] = [await house.user(own, 'practice_admin'), await house.user(own, 'practice_admin')];
          // Invited and never taken up: nobody who could act.
          await own.ok('POST', '/v1/users', { email: address(), name: 'Never', role: 'practice_admin' });
          const answers = await Promise.all([act(own, one.id), act(own, two.id)]);
          expect(answers.map(({ status }) => Math.floor(status / 100)).sort()).toEqual([2, 4]);
          expect(answers.find(({ status }) => status >= 400)).toMatchObject({
            status: 409,
            body: { code: 'last_admin' },
          });
          const { data } = await own.ok('GET', '/v1/users');
          const left = data.filter((user: { role: string; active: boolean; invited: boolean }) =>
            Boolean(user.role === 'practice_admin' && user.active && !user.invited),
          );
          expect(left).toHaveLength(1);
        }
      },
      60_000,
    );

    it('of an agency stays, also when both of two leave at once', async () => {
      const own = await house.agency('Two Heads');
      const alone = await own.admin.api.patch(`/v1/users/${own.admin.id}`, { active: false });
      expect(outcome(alone)).toEqual([409, 'last_admin']);
      expect(outcome(await own.admin.api.delete(`/v1/users/${own.admin.id}`))).toEqual([409, 'last_admin']);
      const second = await house.user(own.admin.api, 'agency_admin');
      const answers = await Promise.all([
        own.admin.api.patch(`/v1/users/${second.id}`, { active: false }),
        second.api.patch(`/v1/users/${own.admin.id}`, { active: false }),
      ]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    });

    it('an admin who never came may be taken back', async () => {
      const own = agency.admin.api.in(await house.practice(agency, 'Nobody yet'));
      const invited = await own.ok('POST', '/v1/users', { email: address(), name: 'Typo', role: 'practice_admin' });
      expect((await own.delete(`/v1/users/${invited.id}`)).status).toBe(204);
    });
  });
});

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}
