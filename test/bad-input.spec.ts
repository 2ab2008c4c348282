import { Persistence } from '../src/persistence/index.js';
import { Api, type ApiAnswer } from './harness/api.js';
import { badValues } from './harness/bad-values.js';
import { FurnishedPractice } from './harness/furnished-practice.js';
import { sampleOf } from './harness/sample.js';
import { ApiDescription, idKindOf, type Operation } from './harness/schema.js';
import { Tenancy } from './harness/tenants.js';

const AT_ONCE = 8;
/** Budgets of log-in answer before the body does. */
const REFUSED = [400, 429];

/** One wrong request: what is sent, and what is wrong with it. */
interface Wrong {
  what: string;
  path: string;
  /** Raw JSON. */
  body?: string | undefined;
}

/** Guarantee: whatever is wrong with a request, wherever, it is refused with a problem that says so, and nothing has changed. */
describe('bad input', () => {
  const api = new ApiDescription();
  let tenancy: Tenancy;
  let practice: FurnishedPractice;
  /** Who may do everything. */
  let admin: Api;
  let before: string;

  beforeAll(async () => {
    tenancy = await Tenancy.start({ env: { ROLE: 'api' } });
    const agency = await tenancy.agency();
    practice = await FurnishedPractice.create(tenancy, agency);
    admin = agency.admin.api.in(practice.id);
    before = await stored();
  }, 120_000);

  afterAll(() => tenancy?.running.stop());

  async function stored(): Promise<string> {
    const { db } = tenancy.running.app.get(Persistence).connection;
    const names = (await db!.listCollections().toArray()).map(({ name }) => name).sort();
    const rows = names.map((name) => db!.collection(name).find().sort({ _id: 1 }).toArray());
    return JSON.stringify(await Promise.all(rows), (name, value: unknown) => (name === 'lastUsedAt' ? 0 : value));
  }

  const ids = (kind: Parameters<FurnishedPractice['idOf']>[0]) => practice.idOf(kind);
  const label = ({ method, path }: Operation) => `${method} ${path}`;

  function pathOf({ path, parameters }: Operation): string {
    let filled = path;
    for (const { name, in: place, schema } of parameters)
      if (place === 'path')
        filled = filled.replace(`{${name}}`, idKindOf(schema) ? ids(idKindOf(schema)!) : 'A'.repeat(32));
    return filled;
  }

  function* wrongBodies(operation: Operation): Generator<Wrong> {
    const path = pathOf(operation);
    const schema = api.resolve(operation.body!);
    const good = sampleOf(api, schema, ids) as Record<string, unknown>;
    const raw = JSON.stringify(good).slice(1, -1);
    const joined = (more: string) => `{${[raw, more].filter(Boolean).join(',')}}`;
    yield { what: 'an unknown field', path, body: joined('"surely_unknown":1') };
    yield { what: 'a prototype key', path, body: joined('"__proto__":{"admin":true}') };
    yield { what: 'an operator', path, body: joined('"$where":"1"') };
    for (const body of ['[]', '"text"', '7', 'null', '{', '{"a":1}}']) yield { what: `the body ${body}`, path, body };
    for (const [field, one] of Object.entries(schema.properties ?? {})) {
      for (const value of badValues(one, api.components))
        yield {
          what: `${field} = ${JSON.stringify(value).slice(0, 60)}`,
          path,
          body: JSON.stringify({ ...good, [field]: value }),
        };
      yield { what: `${field} = {"$gt":""}`, path, body: JSON.stringify({ ...good, [field]: { $gt: '' } }) };
    }
    for (const field of schema.required ?? []) {
      const { [field]: _, ...rest } = good;
      yield { what: `no ${field}`, path, body: JSON.stringify(rest) };
    }
  }

  function* wrongQueries(operation: Operation): Generator<Wrong> {
    const path = pathOf(operation);
    const required = operation.parameters
      .filter((one) => one.in === 'query' && one.required)
      .map(({ name, schema }) => [name, String(sampleOf(api, schema, ids))] as const);
    const withQuery = (name: string, ...values: string[]) => {
      const query = new URLSearchParams(
        required.filter(([other]) => other !== name).map(([a, b]): [string, string] => [a, b]),
      );
      for (const value of values) query.append(name, value);
      return `${path}?${query.toString()}`;
    };
    yield { what: 'an unknown parameter', path: withQuery('surely_unknown', '1') };
    yield { what: 'an operator', path: `${withQuery('surely_unknown')}&limit[$gt]=1` };
    for (const { name, in: place, schema } of operation.parameters) {
      if (place !== 'query') continue;
      yield { what: `${name} twice`, path: withQuery(name, '1', '2') };
      for (const value of badValues(schema, api.components)) {
        const typed = schema.type === 'integer' ? typeof value === 'number' : typeof value === 'string';
        if (typed && schema.type !== 'boolean')
          yield { what: `${name}=${String(value).slice(0, 60)}`, path: withQuery(name, String(value)) };
      }
    }
  }

  function* wrongPaths(operation: Operation): Generator<Wrong> {
    for (const bad of ['%00', '..%2F..%2Fusers', '%7B%22$gt%22:1%7D', 'x'.repeat(500)])
      yield {
        what: `the path ${bad.slice(0, 20)}`,
        path: operation.path.replace(/\{\w+\}$/, bad),
        body: operation.body && '{}',
      };
  }

  async function refusals(operation: Operation, wrong: Iterable<Wrong>): Promise<string[]> {
    const left = [...wrong];
    const accepted: string[] = [];
    const caller = operation.security === 'widget' ? new Api(tenancy.running.baseUrl, practice.visitor.headers) : admin;
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let one = left.pop(); one; one = left.pop()) {
          const answer = await caller.call(operation.method, one.path, one.body);
          if (!isRefusal(answer))
            accepted.push(`${one.what}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}`);
        }
      }),
    );
    return accepted;
  }

  const open = api.operations.filter(({ security }) => security !== 'platform');
  const withBody = open.filter(({ body }) => body && api.resolve(body).properties);
  const withPath = open.filter(({ path }) => path.endsWith('}'));
  const reads = open.filter(({ method, path }) => method === 'GET' && path.startsWith('/v1/'));

  it.each(withBody.map((one) => [label(one), one] as const))('%s refuses a wrong body', async (_label, operation) => {
    expect(await refusals(operation, wrongBodies(operation))).toEqual([]);
  });

  it.each(reads.map((one) => [label(one), one] as const))('%s refuses a wrong query', async (_label, operation) => {
    expect(await refusals(operation, wrongQueries(operation))).toEqual([]);
  });

  it.each(withPath.map((one) => [label(one), one] as const))('%s refuses a wrong path', async (_label, operation) => {
    expect(await refusals(operation, wrongPaths(operation))).toEqual([]);
  });

  it('has changed nothing', async () => {
    expect(await stored()).toBe(before);
  });
});

/** A problem document whose status fits, with the fields at fault named where there are any. */
function isRefusal({ status, headers, body }: ApiAnswer): boolean {
  const type = headers.get('content-type');
  return (
    (REFUSED.includes(status) || status === 404) &&
    type === 'application/problem+json; charset=utf-8' &&
    body['status'] === status &&
    (body['code'] !== 'invalid_request' || (body['errors'] as unknown[] | undefined)?.length !== 0)
  );
}
