import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Test } from '@nestjs/testing';
import { testConfig } from '../../test/harness/config.js';
import { ConfigModule } from '../config/index.js';
import { newId } from '../kernel/index.js';
import { pluginZone } from './adapters/plugin-zone.js';
import { Connections, InboundHandlers, PluginRegistry } from './index.js';
import { loadPlugins } from './registry/plugin-loader.js';
import { pluginRegistryProvider } from './registry/plugin-registry.provider.js';
import { API_KEY, LOCATION, packageWith, SIGNING, signatureOf, Stand } from './stand.fixture.js';

describe('plugin host', () => {
  const stand = new Stand();
  const { practice, scopeOf, connect, events, unruly } = stand;
  let { host, vendor, plugins } = {} as Pick<Stand, 'host' | 'vendor' | 'plugins'>;

  beforeAll(async () => ({ host, vendor, plugins } = await stand.start()), 60_000);
  afterAll(() => stand.stop());
  beforeEach(() => stand.calm());

  it('lists the plugins of the folder and of the configuration, with their forms', async () => {
    const { status, body } = await host.request(practice(), 'GET', '/v1/plugins');
    expect(status).toBe(200);
    const ids = body.data.map((plugin: { id: string }) => plugin.id);
    expect(ids).toEqual(expect.arrayContaining(['notify-console', 'notify-smtp', 'pms-sandbox', 'pms-unruly']));
    const smtp = body.data.find((plugin: { id: string }) => plugin.id === 'notify-smtp');
    expect(smtp).toMatchObject({
      kind: 'notification',
      secrets: ['password'],
      configSchema: { required: ['host', 'port', 'fromAddress'] },
    });
  });

  it('creates, shows, changes and removes connections; secrets stay and are never shown', async () => {
    const tenant = practice();
    const created = await connect(tenant, { locationIds: [LOCATION] });
    expect(created.status).toBe(201);
    const { id } = created.body;
    const shown = { baseUrl: vendor.baseUrl, apiKey: { set: true }, signingSecret: { set: true } };
    expect(created.body).toMatchObject({
      config: shown,
      active: true,
      priority: 100,
      version: 1,
      state: { status: 'unknown', reason: null },
    });

    const path = `/v1/connections/${id}`;
    const kept = await host.request(
      tenant,
      'PATCH',
      path,
      { config: { baseUrl: vendor.baseUrl, apiKey: { set: true } } },
      { 'if-match': '"v1"' },
    );
    expect(kept.body).toMatchObject({ config: shown, version: 2 });
    expect((await host.request(tenant, 'POST', `${path}/test`)).body).toMatchObject({
      ok: true,
      description: 'Unruly 7.1',
    });
    const removed = await host.request(tenant, 'PATCH', path, {
      config: { baseUrl: vendor.baseUrl, signingSecret: null },
    });
    expect(removed.body).toMatchObject({
      config: { apiKey: { set: true }, signingSecret: { set: false } },
      state: { status: 'unknown' },
    });
    const stale = await host.request(tenant, 'PATCH', path, { name: 'Late' }, { 'if-match': '"v1"' });
    expect({ status: stale.status, code: stale.body.code }).toEqual({ status: 412, code: 'version_mismatch' });
    expect((await host.request(tenant, 'PATCH', path, { name: null })).status).toBe(400);

    const other = practice();
    for (const [method, to, body] of [
      ['GET', path],
      ['PATCH', path, { name: 'x' }],
      ['DELETE', path],
      ['POST', `${path}/test`],
    ] as const) {
      expect((await host.request(other, method, to, body)).status).toBe(404);
    }
    expect((await host.request(tenant, 'GET', '/v1/connections?kind=pms&active=true')).body.data).toHaveLength(1);
    expect((await host.request(other, 'GET', '/v1/connections')).body.data).toHaveLength(0);

    await plugins.call(scopeOf(tenant), id, 'remember', ['state', { patient: 'Ada Lovelace' }], { deadlineMs: 5_000 });
    expect(await host.raw('plugin_records', { connectionId: id })).toHaveLength(1);
    expect((await host.request(tenant, 'DELETE', path)).status).toBe(204);
    expect((await host.request(tenant, 'GET', path)).status).toBe(404);
    expect(await host.raw('plugin_records', { connectionId: id })).toHaveLength(0);
    expect((await events(id)).filter((type) => type === 'connection.changed')).toHaveLength(4);
  });

  it('asks for the secrets again when the address changes, so that nobody has them sent elsewhere', async () => {
    const tenant = practice();
    const { id } = (await connect(tenant)).body;
    const patch = (config: object) => host.request(tenant, 'PATCH', `/v1/connections/${id}`, { config });
    const elsewhere = vendor.baseUrl.replace('127.0.0.1', 'localhost');
    for (const config of [
      { baseUrl: elsewhere },
      { baseUrl: elsewhere, apiKey: { set: true }, signingSecret: 'a new signing secret' },
      { baseUrl: vendor.baseUrl, port: 8443 },
    ]) {
      const { status, body } = await patch(config);
      expect([status, body.errors[0]]).toMatchObject([400, { pointer: '/config/apiKey', code: 'required' }]);
      expect(JSON.stringify(body)).not.toContain('unruly-secret');
    }
    expect((await patch({ baseUrl: vendor.baseUrl, apiKey: 'a new key of ours', signingSecret: null })).status).toBe(
      200,
    );
    expect((await patch({ baseUrl: vendor.baseUrl })).body.config).toMatchObject({ apiKey: { set: true } });
  });

  it('names what is wrong by its property', async () => {
    const tenant = practice();
    const faults = async (input: object) => {
      const { status, body } = await host.request(tenant, 'POST', '/v1/connections', {
        name: 'x',
        pluginId: 'pms-unruly',
        config: unruly(),
        ...input,
      });
      return [
        status,
        ...(body.errors ?? []).map((error: { pointer: string; code: string }) => `${error.pointer} ${error.code}`),
      ];
    };
    expect(await faults({ pluginId: 'pms-nobody' })).toEqual([400, '/pluginId unknown']);
    expect(await faults({ config: { apiKey: 'short', extra: 1 } })).toEqual([
      400,
      '/config/baseUrl required',
      '/config/extra unknown_field',
      '/config/apiKey minlength',
    ]);
    expect(await faults({ config: unruly({ port: 'x' }) })).toEqual([400, '/config/port type']);
    expect(await faults({ locationIds: [newId('location', 2)] })).toEqual([400, '/locationIds unknown']);
    expect(await faults({ config: unruly({ baseUrl: 'https://169.254.169.254/' }) })).toEqual([
      400,
      '/config/baseUrl address_refused',
    ]);
    expect(await faults({ config: unruly({ host: '10.1.2.3' }) })).toEqual([400, '/config/host address_refused']);
    expect(await faults({ config: [] })).toEqual([400, '/config is_object']);
    expect(await faults({})).toEqual([201]);
  });

  it('acts once for a repeated creation', async () => {
    const tenant = practice();
    const input = { pluginId: 'pms-unruly', name: 'Once', config: unruly() };
    const send = () => host.request(tenant, 'POST', '/v1/connections', input, { 'idempotency-key': 'once' });
    const [first, second] = [await send(), await send()];
    expect(second.body.id).toBe(first.body.id);
    expect(await host.raw('connections', { tenantId: tenant })).toHaveLength(1);
  });

  it('finds the connection of a kind by location, priority and channel', async () => {
    const tenant = practice();
    const scope = scopeOf(tenant);
    const all = host.app.get(Connections);
    const general = (await connect(tenant, { priority: 5 })).body.id;
    const local = (await connect(tenant, { priority: 5, locationIds: [LOCATION] })).body.id;
    const off = (await connect(tenant, { priority: 1, active: false })).body.id;
    expect((await all.of(scope, 'pms'))?._id).toBe(general);
    expect((await all.of(scope, 'pms', { locationId: LOCATION }))?._id).toBe(local);
    expect((await all.all(scope, 'pms', { locationId: LOCATION })).map(({ _id }) => _id)).not.toContain(off);
    expect(await all.of(scope, 'notification', { channel: 'sms' })).toBeNull();
    expect(await plugins.call(scope, off, 'count', [], { deadlineMs: 1_000 })).toEqual({
      ok: false,
      failure: { kind: 'rejected', reason: 'connection_inactive' },
    });
  });

  it('tests past an open breaker and marks bad credentials', async () => {
    const tenant = practice();
    const id = (await connect(tenant, { active: false })).body.id;
    vendor.seen.status = 401;
    const test = () => host.request(tenant, 'POST', `/v1/connections/${id}/test`);
    const refused = await test();
    expect(refused.body).toMatchObject({
      ok: false,
      failure: { kind: 'unauthorized', reason: 'unauthorized' },
      connection: { state: { status: 'unauthorized' } },
    });
    await Promise.all([test(), test(), test()]);
    expect(await events(id)).toEqual(['connection.changed', 'connection.down']);
    await host.request(tenant, 'PATCH', `/v1/connections/${id}`, { active: true });
    vendor.seen.status = 500;
    for (let call = 1; call <= 6; call += 1)
      await plugins.call(scopeOf(tenant), id, 'probe', [], { deadlineMs: 5_000 });
    vendor.seen.status = 200;
    expect((await test()).body).toMatchObject({ ok: true, connection: { state: { status: 'up' } } });
    expect(await plugins.call(scopeOf(tenant), id, 'probe', [], { deadlineMs: 5_000 })).toMatchObject({ ok: true });
  });

  it('takes webhooks with a right signature, whatever their media type, and each event once', async () => {
    const tenant = practice();
    const id = (await connect(tenant)).body.id;
    const seen: string[] = [];
    host.app.get(InboundHandlers).register('appointments', async ({ event, connection, scope }) => {
      seen.push(`${scope.tenantId} ${connection._id} ${event.id} ${event.foreignId}`);
    });
    const send = async (to: string, body: string, signature = signatureOf(SIGNING, body)) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-signature': signature };
      return (await fetch(`${host.baseUrl}/v1/hooks/${to}`, { method: 'POST', body, headers })).status;
    };
    const body = 'id=evt1&visit=77&$odd.name=1';
    expect(await Promise.all([send(id, body), send(id, body), send(id, body)])).toEqual([200, 200, 200]);
    expect(seen).toEqual([`${tenant} ${id} evt1 77`]);
    expect(await send(id, `${body} `, signatureOf(SIGNING, body))).toBe(401);
    expect(await send(id, body, '')).toBe(401);
    expect(await send(id, 'visit=1')).toBe(400);
    expect(await send(newId('connection', 1), body)).toBe(404);
    expect(await send('nonsense', body)).toBe(400);
    const mail = { host: '127.0.0.1', port: 9, fromAddress: 'desk@example.com' };
    const silent = (await connect(tenant, { pluginId: 'notify-smtp' }, mail)).body.id;
    expect(await send(silent, body)).toBe(404);
    expect(seen).toHaveLength(1);
  });

  it('runs the sandbox over its store, sealed, through its own calls', async () => {
    const tenant = practice();
    const scope = scopeOf(tenant);
    const id = (await connect(tenant, { pluginId: 'pms-sandbox' }, { accessKey: 'sandbox-key-11' })).body.id;
    expect((await host.request(tenant, 'POST', `/v1/connections/${id}/test`)).body.ok).toBe(true);
    const call = <T>(method: string, ...args: unknown[]) =>
      plugins.call<T>(scope, id, method, args, { deadlineMs: 10_000, idempotencyKey: 'p1' });
    const person = { reference: 'pat_1', firstName: 'Wilhelmina', lastName: 'Oglethorpe', dateOfBirth: '1980-02-03' };
    expect(await call('findOrCreatePatient', person)).toMatchObject({ ok: true, value: { created: true } });
    expect(await call('findOrCreatePatient', person)).toMatchObject({ ok: true, value: { created: false } });
    const stored = JSON.stringify(await host.raw('plugin_records', { connectionId: id }));
    expect(stored).toContain('v1.');
    expect(stored).not.toMatch(/Wilhelmina|Oglethorpe/);
  });

  it('reads wall times in the bundled zones', () => {
    const zone = pluginZone('America/Chicago');
    expect(zone.toInstant('2027-03-15T09:00')).toBe(Date.parse('2027-03-15T14:00:00Z'));
    expect(zone.toLocal(zone.toInstant('2027-03-14T02:30'))).toBe('2027-03-14T03:30');
    expect(zone.toInstant('2027-11-07T01:30')).toBe(Date.parse('2027-11-07T06:30:00Z'));
    expect(() => zone.toInstant('2027-3-1')).toThrow(RangeError);
  });

  it('stops the boot for a plugin that does not fit, with its name and the reason', async () => {
    const declared = (id: string, compatibility: string, more = '') =>
      `exports.plugin = { id: '${id}', kind: 'pms', name: 'N', version: '1.0.0', compatibility: '${compatibility}', capabilities: {}, configSchema: { type: 'object' }, secrets: [], create() { return {}; }${more} };`;
    const future = packageWith(declared('pms-future', '^2.0'));
    const boot = Test.createTestingModule({
      imports: [ConfigModule.with(testConfig({ PLUGINS: future }))],
      providers: [pluginRegistryProvider],
    });
    await expect(boot.compile()).rejects.toThrow(new RegExp(`${future}.*built for version \\^2\\.0 .*this is 1\\.`));
    const load = (source: string) => loadPlugins(mkdtempSync(join(tmpdir(), 'oc-root-')), packageWith(source));
    expect(() => load('throw new Error("no licence file")')).toThrow(/cannot be loaded: no licence file/);
    expect(() => load('exports.helper = 1')).toThrow(/exports no plugin/);
    expect(() => load('exports.plugin = { id: 7, kind: "fax" }')).toThrow(
      /id must be text.*kind must be one of.*create must be/,
    );
    expect(
      () => new PluginRegistry(load(declared('pms-odd', '^1.0').replace("type: 'object'", "type: 'nonsense'"))),
    ).toThrow(/pms-odd cannot be loaded: its configSchema is not valid/);

    const root = mkdtempSync(join(tmpdir(), 'oc-root-'));
    packageWith(declared('pms-one', '^1.0'), { openchair: { plugin: true } }, join(root, 'plugins', 'one'));
    packageWith('throw new Error("not a plugin")', {}, join(root, 'plugins', 'kit'));
    expect(loadPlugins(root, '').map(({ id }) => id)).toEqual(['pms-one']);
    const twin = packageWith(declared('pms-one', '^1.0'));
    expect(() => loadPlugins(root, twin)).toThrow(/pms-one cannot be loaded: .* both declare this id/);
    expect(() => loadPlugins(root, join(root, 'nowhere'))).toThrow(
      /nowhere cannot be loaded: its package or a part of it is not there/,
    );
    expect(() => loadPlugins(root, 'openchair-plugin-of-nobody')).toThrow(
      /openchair-plugin-of-nobody cannot be loaded/,
    );
    for (const folder of [future, root, twin]) rmSync(folder, { recursive: true });
  });

  it('has shown no secret and no name, in no answer, log line, metric or document', async () => {
    const tenant = practice();
    const id = (await connect(tenant)).body.id;
    const result = await plugins.call(scopeOf(tenant), id, 'leak', [], { deadlineMs: 1_000 });
    expect(result).toEqual({
      ok: false,
      failure: { kind: 'retryable', reason: 'unexpected_error', outcome: 'unknown' },
    });
    await host.request(tenant, 'POST', `/v1/connections/${id}/test`);
    const { register } = await import('prom-client');
    const documents = await Promise.all(
      ['connections', 'events', 'work', 'idempotency_records', 'plugin_records', 'inbound_receipts'].map((name) =>
        host.raw(name),
      ),
    );
    expect(documents[0]?.length).toBeGreaterThan(5);
    expect(host.lines.some((line) => line.includes('[redacted]'))).toBe(true);
    const everything = [
      ...host.answers,
      ...host.lines,
      await register.metrics(),
      JSON.stringify(documents),
      JSON.stringify(result),
    ];
    for (const secret of [API_KEY, SIGNING, 'sandbox-key-11', 'Lovelace', 'Oglethorpe']) {
      expect(everything.filter((text) => text.includes(secret))).toEqual([]);
    }
  });
});
