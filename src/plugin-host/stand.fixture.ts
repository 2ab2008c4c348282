import { createHmac } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NextFunction, Request, Response } from 'express';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { testConfig } from '../../test/harness/config.js';
import { request } from '../../test/harness/http.js';
import { ConfigModule, createLog, LOG } from '../config/index.js';
import { EventsModule } from '../events/index.js';
import { configureHttp, HttpModule, PERMISSIONS, type MemberPrincipal } from '../http/index.js';
import { mintAgencyScope, mintTenantScope, newId, type TenantScope } from '../kernel/index.js';
import { Migrator, Persistence, PersistenceModule } from '../persistence/index.js';
import { QueuesModule } from '../queues/index.js';
import { LANE_RULES, STANDARD_RULES } from './adapters/lane.js';
import { Plugins } from './adapters/plugins.service.js';
import { ConnectionLocations, ConnectionZones } from './connections/places.js';
import { PluginHostModule } from './plugin-host.module.js';

/** A plugin for a practice system over HTTP that does everything a host must survive. */
const UNRULY = `
const { createHmac, timingSafeEqual } = require(${JSON.stringify('node:crypto')});
const kit = require(${JSON.stringify(require.resolve('@openchair/plugin-kit'))});
const text = (title, more) => ({ type: 'string', title, description: title, ...more });
exports.default = kit.definePlugin({
  id: 'pms-unruly', kind: 'pms', name: 'Unruly', version: '1.0.0', compatibility: '^1.0',
  capabilities: { read: [], write: [], webhooks: true, deltas: false, refusesOverlap: false, staleReadsMs: 0 },
  configSchema: {
    type: 'object', additionalProperties: false, required: ['baseUrl', 'apiKey'],
    properties: {
      baseUrl: text('Address', { format: 'uri' }), apiKey: text('Key', { minLength: 8 }), signingSecret: text('Signing'),
      host: text('Host'), port: { type: 'integer', title: 'Port', description: 'Port', minimum: 1 },
    },
  },
  secrets: ['apiKey', 'signingSecret'],
  create(config, deps) {
    let calls = 0;
    return {
      async probe({ signal }) {
        deps.log.info('probing with ' + config.apiKey, { key: config.apiKey, nested: { key: config.apiKey } });
        const answer = await deps.fetch(config.baseUrl + '/probe', { signal, headers: { 'x-key': config.apiKey } });
        if (answer.status === 401) throw new kit.Unauthorized();
        if (answer.status >= 500) throw new kit.Retryable('vendor_5xx');
        return { description: await answer.text() };
      },
      hang: () => new Promise(() => undefined),
      leak: async () => { throw new Error('Ada Lovelace ' + config.apiKey); },
      refuse: async () => { throw new kit.Conflict([], 'slot_taken'); },
      accept: async () => { throw new kit.Retryable('under_way', { outcome: 'accepted' }); },
      count: async () => ++calls,
      echo: async (call, ...args) => ({ key: call.idempotencyKey, args, zone: deps.zone.name, id: deps.connectionId }),
      remember: (call, key, value, condition) => deps.store.put(key, value, condition),
      async verifyInbound({ headers, body }) {
        const right = createHmac('sha256', config.signingSecret).update(body).digest();
        const given = Buffer.from(headers['x-signature'] ?? '', 'hex');
        if (given.length !== right.length || !timingSafeEqual(given, right)) throw new kit.Rejected('bad_signature');
        const form = new URLSearchParams(Buffer.from(body).toString());
        if (!form.get('id')) throw new kit.Rejected('bad_payload');
        return [{ id: form.get('id'), topic: 'appointments', foreignId: form.get('visit') }];
      },
    };
  },
});
`;

/** Writes a package into a folder of its own and returns the folder. */
export function packageWith(source: string, manifest: object = {}, under?: string): string {
  const folder = under ?? mkdtempSync(join(tmpdir(), 'oc-plugin-'));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'fixture', main: 'index.js', ...manifest }));
  writeFileSync(join(folder, 'index.js'), source);
  return folder;
}

/** The vendor's server: answers with `status`, and counts. */
export async function startVendor() {
  const seen = { status: 200, hits: 0 };
  const server: Server = createServer((_request, response) => {
    seen.hits += 1;
    response.writeHead(seen.status).end('Unruly 7.1');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    seen,
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const signatureOf = (secret: string, body: string) => createHmac('sha256', secret).update(body).digest('hex');

/** Stands for the authentication of a higher room: the practice is named by a header. */
function actAs(request: Request, _response: Response, next: NextFunction): void {
  const tenantId = request.headers['x-practice'];
  const actor = { kind: 'user', id: 'usr_test' } as const;
  if (typeof tenantId === 'string') {
    request.principal = {
      kind: 'member',
      credentialId: `cred-${tenantId}`,
      actor,
      role: 'practice_admin',
      permissions: new Set(PERMISSIONS),
      agency: mintAgencyScope('agy_test', actor),
      ofAgency: false,
      tenant: mintTenantScope(tenantId, actor),
    } satisfies MemberPrincipal;
  }
  next();
}

/** The host with the rooms below it, on a free port, against the real data services. `lines` is what it logs. */
export async function startHost(env: Record<string, string> = {}) {
  const lines: string[] = [];
  const module = await Test.createTestingModule({
    imports: [
      ConfigModule.with(testConfig({ PLUGINS: packageWith(UNRULY), ...env })),
      PersistenceModule,
      QueuesModule,
      EventsModule,
      HttpModule,
      PluginHostModule,
    ],
  })
    .overrideProvider(LOG)
    .useValue(createLog({ LOG_LEVEL: 'trace' }, { write: (line: string) => void lines.push(line) }))
    .overrideProvider(LANE_RULES)
    .useValue({ ...STANDARD_RULES, halfOpenAfterMs: 300 })
    .compile();
  const app = module.createNestApplication<NestExpressApplication>({ bodyParser: false, logger: false });
  app.use(actAs);
  configureHttp(app);
  await app.get(Migrator).run();
  await app.listen(0, '127.0.0.1');
  const baseUrl = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  const answers: string[] = [];
  return {
    app,
    baseUrl,
    lines,
    /** Every body that was answered. */
    answers,
    async request(
      practice: string,
      method: string,
      path: string,
      body?: unknown,
      headers: Record<string, string> = {},
    ) {
      // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are read freely in tests
      const answer = await request<any>(method, `${baseUrl}${path}`, body, { 'x-practice': practice, ...headers });
      answers.push(answer.text);
      return answer;
    },
    /** The documents of a collection as the database holds them. */
    raw: (collection: string, filter: object = {}) =>
      app.get(Persistence).connection.collection(collection).find(filter).toArray(),
    async stop() {
      await app.get(Persistence).connection.dropDatabase();
      await app.close();
    },
  };
}

/** Asks again until `holds`; fails after 10 s. */
export async function until<T>(ask: () => Promise<T>, holds: (answer: T) => boolean): Promise<T> {
  const end = performance.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (performance.now() > end) throw new Error(`still not so after 10 s: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const API_KEY = 'key-4f1d8e2a7c90';
export const SIGNING = 'signing-9b3e77d01f';
export const LOCATION = newId('location', 1);

/** A host with one known location, and a vendor whose plugin misbehaves on demand. */
export class Stand {
  host!: Awaited<ReturnType<typeof startHost>>;
  vendor!: Awaited<ReturnType<typeof startVendor>>;
  plugins!: Plugins;
  private practices = 0;

  async start(): Promise<this> {
    this.host = await startHost();
    this.vendor = await startVendor();
    const { app } = this.host;
    this.plugins = app.get(Plugins);
    app.get(ConnectionLocations).answerWith(async (_scope, ids) => ids.filter((id) => id !== LOCATION));
    app.get(ConnectionZones).answerWith(async (_scope, id) => (id === LOCATION ? 'America/Chicago' : null));
    return this;
  }

  async stop(): Promise<void> {
    await this.host?.stop();
    await this.vendor?.stop();
  }

  /** The vendor behaves again. */
  calm(): void {
    Object.assign(this.vendor.seen, { status: 200, hits: 0 });
  }

  readonly practice = (): string => `prc_${(this.practices += 1)}`;

  readonly scopeOf = (tenantId: string): TenantScope => mintTenantScope(tenantId, { kind: 'system', id: 'spec' });

  readonly unruly = (more: object = {}) => ({
    baseUrl: this.vendor.baseUrl,
    apiKey: API_KEY,
    signingSecret: SIGNING,
    ...more,
  });

  readonly connect = (tenant: string, more: object = {}, config: object = this.unruly()) => {
    const input = { pluginId: 'pms-unruly', name: 'Front desk', config, ...more };
    return this.host.request(tenant, 'POST', '/v1/connections', input);
  };

  readonly events = async (id: string): Promise<string[]> =>
    (await this.host.raw('events', { 'subject.id': id })).map((event) => String(event['type'])).sort();
}
