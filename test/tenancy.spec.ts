import { newId } from '../src/kernel/index.js';
import { slotId } from '../src/scheduling/index.js';
import { Persistence } from '../src/persistence/index.js';
import type { Api, ApiAnswer } from './harness/api.js';
import { FurnishedPractice } from './harness/furnished-practice.js';
import { idPlaces, sampleOf, withValue } from './harness/sample.js';
import { ApiDescription, idKindOf, type AnyIdKind, type Operation, type Schema } from './harness/schema.js';
import { Tenancy } from './harness/tenants.js';

const LONG_AGO = Date.UTC(2023, 10, 14);

/** Paths whose last part is itself the credential: they belong to nobody's account. */
const BY_TOKEN = /\{linkToken\}/;
/** Inbound calls of vendors: the connection's own signature decides, not a tenant's credential. */
const BY_SIGNATURE = '/v1/hooks/{connectionId}';

/** Values that a schema alone does not tell, by the property's name. */
const GIVEN: Record<string, unknown> = {
  durationMinutes: 30,
  country: 'US',
  pluginId: 'notify-smtp',
  config: { host: '127.0.0.1', port: 9, security: 'none', fromAddress: 'desk@elm.example' },
  carrierName: 'Some carrier',
  email: 'ada@example.com',
  key: 'oc_pub_0123456789abcdef',
  from: '2027-03-15',
  to: '2027-03-20',
};

/**
 * Guarantee: with the credential of one practice nothing of another one is seen, changed or even told apart from what does
 * not exist. Walks every operation of the OpenAPI document, so that a new one is covered on the day it is made.
 */
describe('the tenancy matrix', () => {
  const api = new ApiDescription();
  const member = api.operations.filter(({ security }) => security === 'member');
  let tenancy: Tenancy;
  let theirs: FurnishedPractice;
  let sibling: FurnishedPractice;
  let own: FurnishedPractice;
  let stranger: Api;
  let agencyId: string;
  let before: string;
  let foreign: string[];

  beforeAll(async () => {
    tenancy = await Tenancy.start({ env: { ROLE: 'api' } });
    const [one, other] = [await tenancy.agency(), await tenancy.agency()];
    theirs = await FurnishedPractice.create(tenancy, one);
    sibling = await FurnishedPractice.create(tenancy, one);
    own = await FurnishedPractice.create(tenancy, other);
    stranger = other.admin.api;
    agencyId = one.id;
    foreign = [...theirs.ids.values()].flat();
    before = await stored(theirs.id);
  }, 120_000);

  afterAll(() => tenancy?.running.stop());

  /** Everything that the database holds of a practice, but for what time alone changes. */
  async function stored(practice: string): Promise<string> {
    const { db } = tenancy.running.app.get(Persistence).connection;
    const names = (await db!.listCollections().toArray()).map(({ name }) => name).sort();
    const kept = names.filter((name) => !['due_work', 'events', 'messages'].includes(name));
    const owned = { $or: [{ tenantId: practice }, { _id: practice as never }] };
    const rows = kept.map((name) => db!.collection(name).find(owned).sort({ _id: 1 }).toArray());
    return JSON.stringify(await Promise.all(rows), (name, value: unknown) => (name === 'lastUsedAt' ? 0 : value));
  }

  const ownIds = (kind: AnyIdKind) => own.idOf(kind);
  const fill = (schema: Schema) => sampleOf(api, schema, ownIds, GIVEN);
  const label = ({ method, path }: Operation) => `${method} ${path}`;
  const missing = (kind: AnyIdKind): string => {
    if (kind === 'deadLetter') return 'spec.none:nothing';
    if (kind !== 'slot') return newId(kind, LONG_AGO);
    const [reasonId, providerId] = [newId('reason', LONG_AGO), newId('provider', LONG_AGO)];
    const [operatoryId, locationId] = [newId('operatory', LONG_AGO), newId('location', LONG_AGO)];
    return slotId({ reasonId, providerId, operatoryId, locationId, start: LONG_AGO });
  };

  /** The path and query of an operation: ids from `ids`, required query values from their schemas. */
  function target({ path, parameters }: Operation, ids: (kind: AnyIdKind) => string): string {
    let filled = path;
    const query = new URLSearchParams();
    for (const { name, in: place, required, schema } of parameters) {
      const kind = idKindOf(schema);
      const value = kind ? ids(kind) : String(sampleOf(api, schema, ids, GIVEN));
      if (place === 'path') filled = filled.replace(`{${name}}`, value);
      if (place === 'query' && required) query.set(name, value);
    }
    return query.size > 0 ? `${filled}?${query.toString()}` : filled;
  }

  function expectNothingOf({ body }: ApiAnswer, sent: string): void {
    const text = JSON.stringify(body);
    expect(foreign.filter((id) => text.includes(id) && !sent.includes(id))).toEqual([]);
  }

  /** What a caller can tell from an answer, the id that was asked for aside. */
  function told({ status, body }: ApiAnswer, id: string): string {
    const { requestId: _, ...rest } = body;
    return `${status} ${JSON.stringify(rest).replaceAll(id, '<id>')}`;
  }

  const withIdInPath = member.filter(({ parameters }) =>
    parameters.some((one) => one.in === 'path' && idKindOf(one.schema)),
  );

  it.each(withIdInPath.map((operation) => [label(operation), operation] as const))(
    '%s answers for a foreign id as for a missing one',
    async (_label, operation) => {
      const body = operation.body && fill(operation.body);
      for (const caller of [own, sibling]) {
        const path = target(operation, (kind) => theirs.idOf(kind));
        const answer = await caller.api.call(operation.method, path, body);
        expect([answer.status, answer.body['code']]).toEqual([404, 'not_found']);
        const none = await caller.api.call(operation.method, target(operation, missing), body);
        expect(withoutIds(told(answer, ''))).toBe(withoutIds(told(none, '')));
        expectNothingOf(answer, path);
      }
    },
  );

  const withIdInBody = api.operations.flatMap((operation) =>
    operation.body && ['member', 'widget'].includes(operation.security)
      ? idPlaces(api, operation.body).map((place) => ({ operation, place }))
      : [],
  );

  it.each(withIdInBody.map((one) => [label(one.operation), one.place.path.join('/'), one] as const))(
    '%s refuses a foreign id in its body at %s as it refuses a missing one',
    async (_label, _path, { operation, place }) => {
      const schema = operation.body as Schema;
      const path = target(operation, ownIds);
      const send = (id: string) => {
        const body = withValue(api, schema, fill(schema), place.path, id, fill);
        return operation.security === 'widget'
          ? own.visitor.send(operation.method, path, body)
          : own.api.call(operation.method, path, body);
      };
      const id = theirs.idOf(place.kind);
      const answer = await send(id);
      const none = await send(missing(place.kind));
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(withoutIds(told(answer, id))).toBe(withoutIds(told(none, id)));
      expectNothingOf(answer, id);
    },
  );

  // `after` says where in one's own list to go on: it finds nothing, so there is nothing to tell apart.
  const withIdInQuery = api.operations.flatMap((operation) =>
    operation.parameters
      .filter((one) => one.in === 'query' && one.name !== 'after' && idKindOf(one.schema))
      .map((parameter) => ({ operation, parameter })),
  );

  it.each(withIdInQuery.map((one) => [label(one.operation), one.parameter.name, one] as const))(
    '%s finds nothing by a foreign %s',
    async (_label, _name, { operation, parameter }) => {
      const kind = idKindOf(parameter.schema) as AnyIdKind;
      const send = async (id: string) => {
        const url = new URL(target(operation, ownIds), tenancy.running.baseUrl);
        url.searchParams.set(parameter.name, id);
        const path = `${url.pathname}${url.search}`;
        const answer =
          operation.security === 'widget' ? await own.visitor.send('GET', path) : await own.api.call('GET', path);
        expectNothingOf(answer, path);
        return told(answer, id);
      };
      expect(withoutTimes(await send(theirs.idOf(kind)))).toBe(withoutTimes(await send(missing(kind))));
    },
  );

  const lists = member.filter(({ method, parameters }) => method === 'GET' && parameters.some(isCursor));

  it.each(lists.map((operation) => [label(operation), operation] as const))(
    '%s lists nothing of another practice and takes no cursor of it',
    async (_label, operation) => {
      const path = target(operation, ownIds);
      const listed = await own.api.call(operation.method, `${path}?limit=100`);
      expect([200, 403]).toContain(listed.status);
      expectNothingOf(listed, '');
      const { body } = await theirs.api.call(operation.method, `${path}?limit=1`);
      if (!body.nextCursor) return;
      for (const caller of [own, sibling]) {
        const answer = await caller.api.call(operation.method, `${path}?limit=1&cursor=${body.nextCursor}`);
        expect([answer.status, answer.body['code']]).toEqual([404, 'not_found']);
      }
    },
  );

  it('gives cursors to walk on with', async () => {
    const cursors = await Promise.all(
      lists.map(async (operation) => {
        const path = target(operation, (kind) => theirs.idOf(kind));
        return (await theirs.api.call('GET', `${path}?limit=1`)).body.nextCursor as string | null;
      }),
    );
    expect(cursors.filter(Boolean).length).toBeGreaterThanOrEqual(12);
  });

  it.each(member.map((operation) => [label(operation), operation] as const))(
    '%s does not follow an agency into a practice of another one',
    async (_label, operation) => {
      const path = target(operation, (kind) => theirs.idOf(kind));
      const body = operation.body && fill(operation.body);
      const answer = await stranger.in(theirs.id).call(operation.method, path, body);
      expect([answer.status, answer.body['code']]).toEqual([404, 'not_found']);
    },
  );

  const visitors = api.operations.filter(
    ({ security, parameters }) => security === 'widget' && parameters.some(({ in: place }) => place === 'path'),
  );

  it.each(visitors.map((operation) => [label(operation), operation] as const))(
    '%s answers a visitor of another practice as if there were nothing',
    async (_label, operation) => {
      const path = target(operation, (kind) => theirs.idOf(kind));
      const answer = await own.visitor.send(operation.method, path);
      expect([answer.status, answer.body['code']]).toEqual([404, 'not_found']);
    },
  );

  const platform = api.operations.filter(({ security }) => security === 'platform');

  it.each(platform.map((operation) => [label(operation), operation] as const))(
    '%s knows no key of a practice and no admin of an agency',
    async (_label, operation) => {
      const ids = (kind: AnyIdKind) => (kind === 'agency' ? agencyId : theirs.idOf(kind));
      const body = operation.body && fill(operation.body);
      for (const caller of [theirs.api, stranger]) {
        const answer = await caller.call(operation.method, target(operation, ids), body);
        expect([answer.status, answer.body['code']]).toEqual([401, 'unauthenticated']);
      }
    },
  );

  it('covers every path that names something', () => {
    const covered = new Set([...withIdInPath, ...visitors, ...platform]);
    const left = api.operations.filter(
      (operation) =>
        /\{/.test(operation.path) &&
        !covered.has(operation) &&
        !BY_TOKEN.test(operation.path) &&
        operation.path !== BY_SIGNATURE,
    );
    expect(left.map(label)).toEqual([]);
  });

  it('has changed nothing of the other practice', async () => {
    expect(await stored(theirs.id)).toBe(before);
  });
});

function isCursor({ name }: { name: string }): boolean {
  return name === 'cursor';
}

/** Ids differ between a foreign and a missing thing; all else must not. */
function withoutIds(text: string): string {
  return text.replaceAll(/[a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25}/g, '<id>');
}

/** When the answer was made differs from request to request. */
function withoutTimes(text: string): string {
  return text.replaceAll(/"asOf":"[^"]*"/g, '"asOf":"<now>"');
}
