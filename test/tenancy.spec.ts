import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mintTenantScope } from '../src/kernel/index.js';
import { Persistence, UnitOfWork } from '../src/persistence/index.js';
import { DueWork, WorkHandlers } from '../src/queues/index.js';
import { outcome, type Api, type ApiAnswer } from './harness/api.js';
import { location, setUp, Tenancy, type TestAgency } from './harness/tenants.js';
import { until } from './harness/until.js';

interface Operation {
  method: string;
  path: string;
  security: string[];
  /** Component of the body, when it takes one. */
  body: string | undefined;
  paged: boolean;
}

const DOCUMENT = JSON.parse(readFileSync(join(__dirname, '..', 'openapi', 'openapi.json'), 'utf8'));
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** Every operation of the committed document: a new path is walked without being named here. */
const OPERATIONS: Operation[] = Object.entries<Record<string, never>>(DOCUMENT.paths).flatMap(([path, item]) =>
  Object.entries<{ security?: object[]; requestBody?: object; responses: object }>(item)
    .filter(([method]) => METHODS.includes(method))
    .map(([method, { security = [], requestBody, responses }]) => ({
      method: method.toUpperCase(),
      path,
      security: security.flatMap((one) => Object.keys(one)),
      body: /schemas\/(\w+)/.exec(JSON.stringify(requestBody ?? ''))?.[1],
      paged: JSON.stringify(responses).includes('nextCursor'),
    })),
);
const OF_MEMBERS = OPERATIONS.filter(({ security }) => security.includes('member'));
const WITH_IDS = OF_MEMBERS.filter(({ path }) => path.includes('{'));
const LISTS = OF_MEMBERS.filter(({ method, path, paged }) => method === 'GET' && paged && !path.includes('{'));
/** `/v1/locations/{locationId}` → `locations`. */
const roomOf = (path: string) => path.split('/')[2] as string;

/** Smallest good bodies of those operations that take no empty one. */
const BODIES: Record<string, (given: { slotId: string; patientId: string }) => object> = {
  CancelAppointment: () => ({ reason: 'other' }),
  RescheduleAppointment: ({ slotId }) => ({ slotId }),
  PatchFamily: () => ({ guarantorId: null }),
  FamilyMemberDto: ({ patientId }) => ({ patientId, role: 'dependent' }),
  CreateConsent: () => ({ kind: 'sms', given: true, textVersion: '1' }),
  MergePatient: ({ patientId }) => ({ intoId: patientId }),
  DecideContact: () => ({ accept: true }),
};

describe('tenancy', () => {
  let house: Tenancy;
  let agency: TestAgency;
  let owner: Api;
  /** One row of each room that has ids, and whose it is. */
  const rows: Record<string, string> = {};
  let patientId: string;
  let slotId: string;
  let strangers: [who: string, api: Api][];
  let visitor: Api;

  beforeAll(async () => {
    house = await Tenancy.start();
    agency = await house.agency();
    const practiceId = await house.practice(agency, 'Owner Dental');
    owner = agency.admin.api.in(practiceId);
    rows['practices'] = practiceId;
    await fill(practiceId);
    const siblingId = await house.practice(agency, 'Sibling Dental');
    const sibling = agency.admin.api.in(siblingId);
    const foreign = await house.agency('Other Agency');
    strangers = [
      ['an admin of a sibling practice', (await house.user(sibling, 'practice_admin')).api],
      ["their own agency's admin, acting in the sibling", sibling],
      ["another agency's admin, acting in their practice", foreign.admin.api.in(await house.practice(foreign))],
      ["another agency's key without a practice", (await house.key(foreign.admin.api, await all(foreign))).api],
    ];
    const { key } = await owner.ok('POST', '/v1/widget-keys', { name: 'Kiosk', origins: [], allowServerSide: true });
    visitor = house.anyone.as((await house.anyone.ok('POST', '/v1/widget/sessions', { key })).token);
  }, 60_000);
  afterAll(() => house.running.stop());

  const all = async ({ admin }: TestAgency) => (await admin.api.ok('GET', '/v1/auth/me')).permissions as string[];

  /** Two rows of everything, so that every list has a second page. */
  async function fill(practiceId: string): Promise<void> {
    const { reasonId } = await setUp(owner);
    const day = new Date(Date.now() + 14 * 86_400_000).toISOString().slice(0, 10);
    const free = async (): Promise<string> => {
      const { days } = await owner.ok('GET', `/v1/availability?reasonId=${reasonId}&from=${day}&days=7`);
      return (days as { slots: { id: string }[] }[]).flatMap(({ slots }) => slots.map(({ id }) => id))[0] as string;
    };
    const made = async (room: string, body: object) => (rows[room] = (await owner.ok('POST', `/v1/${room}`, body)).id);
    for (const n of [1, 2]) {
      const place = await made('locations', location({ name: `Place ${n}` }));
      const chair = await made('operatories', { name: `Room ${n}`, locationId: place });
      const provider = await made('providers', {
        displayName: `Dr. ${n}`,
        firstName: 'A',
        lastName: 'B',
        email: 'a@example.com',
        role: 'dentist',
        operatoryIds: [chair],
        locationIds: [place],
      });
      await made('reasons', {
        name: `Reason ${n}`,
        durationMinutes: 30,
        patientTypes: ['new'],
        providerIds: [provider],
        operatoryIds: [chair],
      });
      await made('carriers', { name: `Carrier ${n}` });
      await made('referrers', { label: `Referrer ${n}` });
      patientId = await made('patients', {
        firstName: 'Ada',
        lastName: 'Lane',
        dateOfBirth: `1990-04-2${n}`,
        email: 'ada@example.com',
      });
      await made('families', { members: [{ patientId, role: 'self' }] });
      await made('appointments', { slotId: await free(), patientId, patientType: 'new' });
      await made('holds', { slotId: await free() });
      await made('connections', {
        pluginId: 'notify-smtp',
        name: `Mail ${n}`,
        config: { host: '127.0.0.1', port: 2525, security: 'none', fromAddress: 'desk@example.com' },
        active: false,
      });
      await made('widget-keys', { name: `Site ${n}`, origins: ['https://www.example.com'] });
      await made('api-keys', { name: `Key ${n}`, mode: 'test', permissions: ['practice:read'] });
      await made('users', { email: `user${n}.${practiceId}@example.com`, name: 'U', role: 'scheduler' });
    }
    slotId = await free();
    rows['dead-letters'] = await deadLetter(practiceId);
  }

  async function deadLetter(practiceId: string): Promise<string> {
    const { app } = house.running;
    const options = { kind: 'spec.dead', transactional: true as const, ladder: [], leaseMs: 60_000 };
    app.get(WorkHandlers).register({ ...options, handle: () => Promise.reject(new Error('no')) });
    const scope = mintTenantScope(practiceId, { kind: 'system', id: 'spec' });
    const requests = ['one', 'two'].map((key) => ({ kind: options.kind, key, payload: {} }));
    await app.get(UnitOfWork).run((tx) => app.get(DueWork).add(scope, tx, requests));
    const { data } = await until(
      () => owner.ok('GET', '/v1/dead-letters'),
      (page) => page.data.length === 2,
    );
    return data[0].id;
  }

  const pathOf = (operation: Operation, id: string) =>
    operation.path
      .replace('{patientId}', patientId)
      .replace('{pendingId}', 'pnd_x')
      .replace(/\{\w+\}/, id);
  const missingOf = (id: string) => (id.includes(':') ? 'spec.dead:none' : `${id.slice(0, -6)}zzzzzz`);
  const ask = (api: Api, operation: Operation, id: string) =>
    api.call(
      operation.method,
      pathOf(operation, id),
      operation.body === undefined
        ? undefined
        : (BODIES[operation.body]?.({ slotId, patientId: `${patientId.slice(0, -6)}yyyyyy` }) ?? {}),
    );
  /** All of an answer but what is new each time. */
  const told = ({ status, body }: ApiAnswer, id: string) =>
    JSON.stringify([status, { ...body, requestId: '' }]).replaceAll(id, '');

  /** What the owner reads of everything that has a path of its own. */
  async function everything(): Promise<Record<string, unknown>> {
    const found: Record<string, unknown> = {};
    for (const operation of WITH_IDS.filter(({ method }) => method === 'GET')) {
      const answer = await ask(owner, operation, rows[roomOf(operation.path)] as string);
      found[operation.path] = [answer.status, answer.body];
    }
    for (const { path } of LISTS.filter((list) => list.path !== '/v1/events'))
      found[path] = (await owner.get(path)).body.data?.length;
    // The feed shows events some seconds late; here all of them count.
    const { connection } = house.running.app.get(Persistence);
    found['events'] = await connection.collection('events').countDocuments({ tenantId: rows['practices'] as string });
    return found;
  }

  it('is walked with a row of every room', () => {
    expect(WITH_IDS.map(({ path }) => roomOf(path)).filter((room) => rows[room] === undefined)).toEqual([]);
    expect(WITH_IDS.length).toBeGreaterThan(50);
  });

  it('another practice’s ids answer exactly as missing ones on every path, and nothing of it changes', async () => {
    const before = await everything();
    const readable = Object.values(before).filter((one) => Array.isArray(one) && one[0] === 200);
    expect(readable.length).toBeGreaterThan(10);
    for (const [who, api] of strangers) {
      const wrong: unknown[] = [];
      for (const operation of WITH_IDS) {
        const id = rows[roomOf(operation.path)] as string;
        const [foreign, missing] = [await ask(api, operation, id), await ask(api, operation, missingOf(id))];
        const expected = who.includes('without a practice') ? [404, 400] : [404];
        const same = told(foreign, id) === told(missing, missingOf(id));
        if (!same || !expected.includes(foreign.status))
          wrong.push([`${operation.method} ${operation.path}`, foreign.status, foreign.body, missing.status]);
      }
      expect([who, wrong]).toEqual([who, []]);
    }
    expect(await everything()).toEqual(before);
  }, 60_000);

  it('another practice’s cursors answer as missing on every list', async () => {
    const single: string[] = [];
    for (const operation of LISTS) {
      const { hasMore, nextCursor } = await owner.ok('GET', `${operation.path}?limit=1`);
      if (!hasMore) {
        single.push(operation.path);
        continue;
      }
      for (const [who, api] of strangers.slice(0, 3)) {
        const answer = await api.get(`${operation.path}?limit=1&cursor=${nextCursor}`);
        expect([operation.path, who, ...outcome(answer)]).toEqual([operation.path, who, 404, 'not_found']);
      }
    }
    // Of these the owner sees one row, or none: a practice itself, plugins, messages that nobody was sent, events of some seconds ago.
    expect(single.filter((path) => !['/v1/practices', '/v1/messages', '/v1/events'].includes(path))).toEqual([]);
  }, 60_000);

  it('no path opens without a credential, nor for a visitor of the practice’s own site', async () => {
    const open: string[] = [];
    for (const operation of OF_MEMBERS) {
      for (const api of [house.anyone, visitor]) {
        const { status } = await ask(api, operation, rows[roomOf(operation.path)] ?? '');
        if (status !== 401) open.push(`${operation.method} ${operation.path} ${status}`);
      }
    }
    expect(open).toEqual([]);
  }, 60_000);

  it('a key opens what its permissions say, and nothing else', async () => {
    const { api } = await house.key(owner, ['messages:read']);
    const open: string[] = [];
    for (const operation of OF_MEMBERS) {
      const answer = await ask(api, operation, rows[roomOf(operation.path)] ?? '');
      if (answer.body?.code !== 'forbidden') open.push(`${operation.method} ${operation.path} ${answer.status}`);
    }
    expect(open).toEqual(['GET /v1/auth/me 200', 'GET /v1/messages 200']);
  }, 60_000);

  it('a visitor of another practice reaches nothing of this one, nor its visitors’ holds', async () => {
    const other = agency.admin.api.in(await house.practice(agency, 'Third Dental'));
    await setUp(other);
    const { key } = await other.ok('POST', '/v1/widget-keys', { name: 'Kiosk', origins: [], allowServerSide: true });
    const stranger = house.anyone.as((await house.anyone.ok('POST', '/v1/widget/sessions', { key })).token);
    const reasonId = rows['reasons'] as string;
    const hold = await visitor.ok('POST', '/v1/widget/holds', { slotId });
    const booking = (holdId: string) => ({
      holdId,
      patientType: 'new',
      patient: { firstName: 'Ada', lastName: 'Lane', dateOfBirth: '1990-04-23', email: 'ada@example.com' },
      consent: { treatment: true },
    });
    const asks: [method: string, path: (id: string) => string, id: string, body?: (id: string) => object][] = [
      ['GET', (id) => `/v1/widget/slots?reasonId=${id}`, reasonId],
      ['GET', (id) => `/v1/widget/providers?reasonId=${id}`, reasonId],
      ['DELETE', (id) => `/v1/widget/holds/${id}`, hold.id],
      ['POST', () => '/v1/widget/bookings', hold.id, booking],
    ];
    for (const [method, path, id, body] of asks) {
      const [foreign, missing] = await Promise.all(
        [id, missingOf(id)].map((one) => stranger.call(method, path(one), body?.(one))),
      );
      expect([path(''), told(foreign as ApiAnswer, id)]).toEqual([path(''), told(missing as ApiAnswer, missingOf(id))]);
      if (method !== 'DELETE') expect([path(''), Math.floor((foreign?.status ?? 0) / 100)]).toEqual([path(''), 4]);
    }
    expect(Math.floor((await stranger.post('/v1/widget/holds', { slotId })).status / 100)).toBe(4);
    expect((await visitor.post('/v1/widget/bookings', booking(hold.id))).status).toBe(201);
  });
});
