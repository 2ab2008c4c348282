import { PERMISSIONS } from '../src/http/index.js';
import { mintTenantScope } from '../src/kernel/index.js';
import { Persistence } from '../src/persistence/index.js';
import { Connections, Plugins } from '../src/plugin-host/index.js';
import { outcome, type Api, type ApiAnswer } from './harness/api.js';
import { SMALL_PLUGIN, SmallPms } from './harness/small-pms/small-pms.js';
import { location, Tenancy, type TestAgency } from './harness/tenants.js';
import { until } from './harness/until.js';

const PATH = '/v1/agencies/current/connections';
const PASSWORD = 'the mail password of the agency';
const MAIL = {
  pluginId: 'notify-smtp',
  name: 'Mail of the agency',
  config: {
    host: '127.0.0.1',
    port: 2525,
    security: 'none',
    user: 'desk',
    password: PASSWORD,
    fromAddress: 'a@b.example',
  },
};

/** Guarantee: a connection of an agency is each of its practices' own in all but configuration and secrets. */
describe('connections of an agency', () => {
  let tenancy: Tenancy;
  let agency: TestAgency;
  let admin: Api;
  let elm: string;
  let oak: string;

  beforeAll(async () => {
    tenancy = await Tenancy.start({ env: { SYNC_POLL_SECONDS: '1', PLUGINS: SMALL_PLUGIN } });
    agency = await tenancy.agency();
    admin = agency.admin.api;
    [elm, oak] = [await tenancy.practice(agency, 'Elm'), await tenancy.practice(agency, 'Oak')];
  }, 60_000);

  afterAll(() => tenancy?.running.stop());

  const scopeOf = (practice: string) => mintTenantScope(practice, { kind: 'system', id: 'spec' });
  const chosen = async (practice: string) =>
    (await tenancy.running.app.get(Connections).of(scopeOf(practice), 'notification', { channel: 'email' }))?._id ??
    null;
  /** What a practice has of a connection of the agency, by its name. */
  const seen = async (practice: string, name: string) =>
    (await admin.in(practice).ok('GET', '/v1/connections?limit=100')).data.find(
      (one: { name: string }) => one.name === name,
    );
  const inherits = (practice: string, name: string): Promise<ApiAnswer['body']> =>
    until(() => seen(practice, name), Boolean);
  const raw = (name: string, filter: object) =>
    tenancy.running.app.get(Persistence).connection.db!.collection(name).find(filter).toArray();

  it('are inherited by every practice, also by one that comes later, and managed by the agency alone', async () => {
    const made = await admin.ok('POST', PATH, MAIL);
    expect(made).toMatchObject({ practiceIds: null, perPractice: [], config: { password: { set: true } }, version: 1 });
    const later = await tenancy.practice(agency, 'Later');
    for (const practice of [elm, oak, later]) {
      const shown = await inherits(practice, MAIL.name);
      expect(shown).toMatchObject({ origin: 'agency', active: true, missing: [], priority: 100 });
      expect(shown.config).toMatchObject({ host: '127.0.0.1', password: { set: true } });
      expect(await chosen(practice)).toBe(shown.id);
    }
    const { id } = await seen(elm, MAIL.name);
    const inElm = admin.in(elm);
    for (const change of [{ name: 'Mine' }, { config: MAIL.config }, { priority: 1 }])
      expect(outcome(await inElm.patch(`/v1/connections/${id}`, change))).toEqual([400, 'invalid_request']);
    expect(outcome(await inElm.delete(`/v1/connections/${id}`))).toEqual([409, 'conflict']);

    // Neither the row of a practice nor that of the agency shows the secret, and it opens with the agency's key.
    const rows = [...(await raw('connections', { tenantId: elm })), ...(await raw('agency_connections', {}))];
    expect(JSON.stringify(rows)).not.toContain(PASSWORD);
    expect(await raw('tenant_keys', { _id: agency.id })).toHaveLength(1);

    const changed = { name: 'Post of the agency', config: { ...MAIL.config, fromAddress: 'c@d.example' } };
    await admin.ok('PATCH', `${PATH}/${made.id}`, changed);
    expect((await inherits(oak, changed.name)).config).toMatchObject({ fromAddress: 'c@d.example' });
    const stale = await admin.with({ 'if-match': '"v1"' }).patch(`${PATH}/${made.id}`, { name: 'Late' });
    expect(outcome(stale)).toEqual([412, 'version_mismatch']);

    await admin.ok('PATCH', `${PATH}/${made.id}`, { active: false });
    await until(
      () => chosen(oak),
      (one) => one === null,
    );
    // A practice cannot switch on what its agency has switched off.
    const insisting = await inElm.ok('PATCH', `/v1/connections/${id}`, { active: true });
    expect(insisting.active).toBe(false);
    expect((await admin.delete(`${PATH}/${made.id}`)).status).toBe(204);
    for (const practice of [elm, oak, later])
      await until(
        () => seen(practice, changed.name),
        (one) => one === undefined,
      );
  }, 60_000);

  it('give way to an own one, and are switched off by one practice for itself', async () => {
    const made = await admin.ok('POST', PATH, { ...MAIL, name: 'Shared', practiceIds: [elm, oak] });
    const [inElm, inOak] = [await inherits(elm, 'Shared'), await inherits(oak, 'Shared')];
    expect(inElm.id).not.toBe(inOak.id);
    const own = await admin.in(elm).ok('POST', '/v1/connections', { ...MAIL, name: 'Own' });
    expect(await chosen(elm)).toBe(own.id);
    await admin.in(elm).ok('PATCH', `/v1/connections/${own.id}`, { priority: 200 });
    expect(await chosen(elm)).toBe(inElm.id);
    await admin.in(elm).ok('PATCH', `/v1/connections/${inElm.id}`, { active: false });
    expect([await chosen(elm), await chosen(oak)]).toEqual([own.id, inOak.id]);
    // It stays off for that practice when the agency changes something.
    await admin.ok('PATCH', `${PATH}/${made.id}`, { name: 'Shared still' });
    expect((await inherits(elm, 'Shared still')).active).toBe(false);
    await admin.ok('PATCH', `${PATH}/${made.id}`, { practiceIds: [oak] });
    await until(
      () => seen(elm, 'Shared still'),
      (one) => one === undefined,
    );
    expect(await chosen(oak)).toBe(inOak.id);
  }, 60_000);

  it('are for the credentials of the agency, and of no other one', async () => {
    const made = await admin.ok('POST', PATH, { ...MAIL, name: 'Closed', practiceIds: [elm] });
    const other = await tenancy.agency('Other');
    const ash = await tenancy.practice(other);
    const { api: key } = await tenancy.key(
      admin.in(elm),
      PERMISSIONS.filter((one) => !one.startsWith('agency:')),
    );
    for (const caller of [other.admin.api, key])
      for (const [method, path, body] of [
        ['GET', made.id],
        ['PATCH', made.id, { name: 'Taken' }],
        ['DELETE', made.id],
        ['GET', `${made.id}/practices/${elm}`],
        ['PUT', `${made.id}/practices/${elm}`, { config: {} }],
      ] as const)
        expect(outcome(await caller.call(method, `${PATH}/${path}`, body))).toEqual([404, 'not_found']);
    expect((await other.admin.api.ok('GET', PATH)).data).toEqual([]);
    for (const [method, body] of [['GET'], ['POST', MAIL]] as const)
      expect(outcome(await key.call(method, PATH, body))).toEqual([403, 'forbidden']);
    // Nor reaches an agency into a practice that is not its own.
    expect(outcome(await admin.post(PATH, { ...MAIL, practiceIds: [ash] }))).toEqual([400, 'invalid_request']);
    for (const practice of [ash, oak])
      expect(outcome(await admin.get(`${PATH}/${made.id}/practices/${practice}`))).toEqual([404, 'not_found']);
  }, 60_000);

  it('share one account of a vendor: a key of the agency, and a part for each practice', async () => {
    const pms = await SmallPms.open({ now: () => Date.now() }, Date.now(), 10);
    try {
      for (const practice of [elm, oak]) {
        await admin.in(practice).ok('POST', '/v1/locations', location({ hours: [] }));
        await admin.in(practice).ok('PATCH', '/v1/settings', { scheduling: { maxDaysAhead: 14 } });
      }
      const config = { baseUrl: pms.url, apiKey: pms.apiKey };
      const wanted = { pluginId: 'pms-small', name: 'Account', config, practiceIds: [elm, oak] };
      const elsewhere = await admin.post(PATH, { ...wanted, perPractice: ['baseUrl'] });
      expect([elsewhere.body.code, elsewhere.body.errors[0].code]).toEqual(['invalid_request', 'address']);
      const made = await admin.ok('POST', PATH, { ...wanted, perPractice: ['subdomain'] });
      const part = (practice: string) => `${PATH}/${made.id}/practices/${practice}`;
      const open = await until(
        () => admin.ok('GET', part(elm)),
        ({ origin }) => origin === 'agency',
      );
      expect(open).toMatchObject({ active: false, missing: ['subdomain'] });
      expect(pms.requests).toEqual([]);
      const wrong = await admin.call('PUT', part(elm), { config: { subdomain: 'elm', apiKey: 'another key' } });
      expect([wrong.status, wrong.body.errors[0]]).toMatchObject([400, { pointer: '/config/apiKey' }]);
      for (const [practice, subdomain] of [
        [elm, 'elm'],
        [oak, 'oak'],
      ] as const) {
        const given = await admin.ok('PUT', part(practice), { config: { subdomain } });
        expect(given).toMatchObject({ active: true, missing: [], config: { subdomain, apiKey: { set: true } } });
      }
      const sync = async (practice: string) =>
        admin.in(practice).ok('GET', `/v1/sync/connections/${(await seen(practice, 'Account')).id}`);
      for (const practice of [elm, oak])
        await until(
          () => sync(practice),
          ({ healthy, phase }) => healthy && phase === 'live',
        );
      expect(new Set(pms.requests.map(({ headers }) => headers['x-practice']))).toEqual(new Set(['elm', 'oak']));

      // What fails for one of them has a breaker, a state and an alert of its own.
      pms.closed.add('elm');
      const plugins = tenancy.running.app.get(Plugins);
      const { id } = await seen(elm, 'Account');
      for (let times = 0; times < 6; times += 1)
        await plugins.call(scopeOf(elm), id, 'probe', [], { deadlineMs: 2_000 });
      expect((await seen(elm, 'Account')).state).toMatchObject({ status: 'down', reason: 'http_503' });
      expect((await seen(oak, 'Account')).state).toMatchObject({ status: 'up' });
      pms.closed.clear();

      // A key that the vendor has replaced is given once.
      pms.apiKey = 'key-of-the-account-2';
      await until(
        async () => (await seen(oak, 'Account')).state.status,
        (status) => status === 'unauthorized',
      );
      await admin.ok('PATCH', `${PATH}/${made.id}`, { config: { ...config, apiKey: pms.apiKey } });
      for (const practice of [elm, oak])
        await until(
          () => sync(practice),
          ({ healthy, phase }) => healthy && phase === 'live',
        );
    } finally {
      await pms.stop();
    }
  }, 90_000);
});
