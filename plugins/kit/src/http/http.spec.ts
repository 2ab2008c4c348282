import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  Emulator,
  type EmulatedRequest,
  fails,
  type Fault,
  honoursAbort,
  type HttpFault,
  call,
} from '../conformance/index.js';
import { type FailureKind, Rejected } from '../errors.js';
import {
  asList,
  asObject,
  HttpClient,
  type HttpClientOptions,
  type HttpRequest,
  orNull,
  retryAfterMs,
} from './index.js';

const NOW = Date.UTC(2027, 2, 8, 15);

/** Echoes what it gets; `/status/N` answers so, `/text` with the text of the query. */
class Echo extends Emulator {
  protected handle(request: EmulatedRequest) {
    const status = /^\/status\/(\d+)$/.exec(request.path)?.[1];
    if (status) return { status: Number(status), text: request.query.get('text') ?? '', headers: headersOf(request) };
    const { method, rawQuery, body, headers } = request;
    return { status: 200, json: { method, rawQuery, body, key: headers['x-key'], type: headers['content-type'] } };
  }

  protected refuse(refusal: string) {
    return { status: refusal === 'wrong' ? 401 : 403, json: { error: 'the key pat@example.com is none of ours' } };
  }
}

const headersOf = ({ query }: EmulatedRequest): Record<string, string> => ({
  ...(query.has('wait') ? { 'retry-after': query.get('wait')! } : {}),
  ...(query.has('location') ? { location: query.get('location')! } : {}),
});

describe('HTTP with a vendor', () => {
  let echo: Echo;
  let client: HttpClient;
  const clock = { now: () => NOW };
  const clientOf = (more: Partial<HttpClientOptions> = {}) =>
    new HttpClient({ fetch, clock, baseUrl: `${echo.url}/`, headers: () => ({ 'x-key': 'k' }), ...more });
  const send = (request: HttpRequest) => client.send(call(), request);

  beforeEach(async () => {
    echo = new Echo(clock);
    await echo.listen();
    client = clientOf();
  });
  afterEach(() => echo.stop());

  it('sends queries, JSON and forms as vendors want them', async () => {
    const query = { DateTStamp: '2027-03-08 09:00:00', 'lids[]': [1, 2], none: undefined, ok: true };
    expect((await send({ path: '/a', query })).body).toMatchObject({
      method: 'GET',
      rawQuery: 'DateTStamp=2027-03-08%2009%3A00%3A00&lids%5B%5D=1&lids%5B%5D=2&ok=true',
      key: 'k',
    });
    expect((await send({ path: '/a', method: 'POST', json: { a: 1 } })).body).toMatchObject({
      body: '{"a":1}',
      type: 'application/json',
    });
    const form = { grant_type: 'client_credentials', scope: 'a b' };
    expect((await send({ path: '/a', method: 'POST', form })).body).toMatchObject({
      body: 'grant_type=client_credentials&scope=a+b',
      type: 'application/x-www-form-urlencoded',
    });
    expect((await send({ path: `${echo.url}/next?page=2` })).body).toMatchObject({ rawQuery: 'page=2' });
    await fails(send({ path: 'https://elsewhere.example.com/next' }), 'rejected');
    expect((await send({ path: '/status/204', method: 'PUT', json: {} })).body).toBeUndefined();
    const done: HttpRequest = { path: '/status/200', query: { text: 'OK' }, method: 'PUT', json: {} };
    await fails(send(done), 'retryable');
    expect((await send({ ...done, anyAnswer: true })).body).toBeUndefined();
    await fails(send({ ...done, query: { text: '<html>' }, anyAnswer: true }), 'retryable');
  });

  it.each<[path: string, kind: FailureKind, reason: string]>([
    ['/status/400?text={}', 'rejected', 'http_400'],
    ['/status/401', 'unauthorized', 'unauthorized'],
    ['/status/403', 'unauthorized', 'forbidden'],
    ['/status/404?text={}', 'not_found', 'not_found'],
    ['/status/404?text=<html>', 'retryable', 'html_instead_of_json'],
    ['/status/409', 'conflict', 'http_409'],
    ['/status/429', 'rate_limited', 'rate_limited'],
    ['/status/503', 'retryable', 'http_503'],
    ['/status/503?wait=7', 'rate_limited', 'http_503'],
    ['/status/200?text=<html>', 'retryable', 'html_instead_of_json'],
    ['/status/200?text={,', 'retryable', 'malformed_json'],
  ])('takes %s for %s: %s', async (path, kind, reason) => {
    const error = await fails(send({ path: echo.url + path }), kind);
    expect(error.reason).toBe(reason);
  });

  it.each<[fault: Fault | HttpFault, kind: FailureKind, reason: string]>([
    ['wrong_key', 'unauthorized', 'unauthorized'],
    ['revoked_key', 'unauthorized', 'forbidden'],
    ['down', 'retryable', 'http_503'],
    ['gateway_timeout', 'retryable', 'http_504'],
    ['reset', 'retryable', 'connection_broken'],
    ['truncated', 'retryable', 'connection_broken'],
    ['malformed_json', 'retryable', 'malformed_json'],
    ['html', 'retryable', 'html_instead_of_json'],
    ['huge', 'retryable', 'response_too_large'],
  ])('takes the fault %s for %s: %s', async (fault, kind, reason) => {
    await echo.fault(fault);
    const read = await fails(send({ path: '/a' }), kind, ['pat@example.com']);
    const write = await fails(send({ path: '/a', method: 'POST', json: {} }), kind);
    expect([read.reason, write.reason]).toEqual([reason, reason]);
    if (kind === 'retryable') expect([read, write]).toMatchObject([{ outcome: 'not_done' }, { outcome: 'unknown' }]);
    expect(echo.bytesSent).toBeLessThan(2 * 20 * 1024 * 1024);
  });

  it('knows that a write was not done when nobody listens', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    const port = await new Promise<number>((resolve) =>
      closed.once('listening', () => resolve((closed.address() as AddressInfo).port)),
    );
    await new Promise((resolve) => closed.close(resolve));
    client = clientOf({ baseUrl: `http://127.0.0.1:${port}` });
    const error = await fails(send({ path: '/a', method: 'POST', json: {} }), 'retryable');
    expect(error).toMatchObject({ reason: 'connection_refused', outcome: 'not_done' });
  });

  it('follows no redirect, gives up in time, and lets the vendor’s own words and the host’s refusals through', async () => {
    const elsewhere = `${echo.url}/status/302?location=/a`;
    expect((await fails(send({ path: elsewhere }), 'rejected')).reason).toBe('unexpected_redirect');
    client = clientOf({ timeoutMs: 60 });
    await echo.fault('slow');
    expect((await fails(send({ path: '/a' }), 'retryable')).reason).toBe('timeout');
    await honoursAbort((aborted) => clientOf().send(aborted, { path: '/a' }));
    await echo.fault('none');
    client = clientOf({ refusal: ({ status }) => (status === 400 ? new Rejected('no_such_chair') : undefined) });
    expect((await fails(send({ path: '/status/400' }), 'rejected')).reason).toBe('no_such_chair');
    const refusing = (async () => Promise.reject(new Rejected('address_refused'))) as typeof fetch;
    client = clientOf({ fetch: refusing });
    expect((await fails(send({ path: '/a' }), 'rejected')).reason).toBe('address_refused');
  });

  it('reads Retry-After as seconds and as a date on the vendor’s clock, within bounds', async () => {
    const wait = (value: string) => retryAfterMs(new Headers({ 'retry-after': value }), NOW);
    expect(wait('7')).toBe(7_000);
    expect(wait('0')).toBe(1_000);
    expect(wait('999999')).toBe(3_600_000);
    expect(wait(new Date(NOW + 42_000).toUTCString())).toBe(42_000);
    expect(wait('soon')).toBeUndefined();
    echo.skewMs = -600_000;
    await echo.fault('rate_limited_until');
    expect((await fails(send({ path: '/a' }), 'rate_limited')).retryAfterMs).toBe(90_000);
  });

  it('tells how far the vendor’s clock is off', async () => {
    expect(client.clockSkewMs).toBeUndefined();
    echo.skewMs = 900_000;
    await send({ path: '/a' });
    expect([client.clockSkewMs, client.serverTime]).toEqual([900_000, NOW + 900_000]);
  });

  it('reads shapes, and does not take an unexpected one for a wrong request', async () => {
    expect([asList([1]), asObject({ a: 1 })]).toEqual([[1], { a: 1 }]);
    for (const odd of [null, 'text', {}, undefined]) expect(() => asList(odd)).toThrow('unexpected_answer');
    for (const odd of [null, 'text', [], undefined]) expect(() => asObject(odd)).toThrow('unexpected_answer');
    expect(await orNull(send({ path: '/status/404' }))).toBeNull();
    await fails(orNull(send({ path: '/status/400' })), 'rejected');
  });
});
