import { OpenChairConnectionError, OpenChairError, isProblem } from './errors.js';
import { createClient, createConfig, type Client } from './generated/client/index.js';
import { KEYED_OPERATIONS } from './generated/keyed-operations.gen.js';
import * as operations from './generated/sdk.gen.js';
import { isIdempotent, retryAfterOf, retryingFetch, type RetryOptions } from './retry.js';

/** A token, or what gets one: asked before each call, so that it can renew what has expired. */
export type Token = string | (() => string | Promise<string>);

/** How a caller is known. None: for the operations that are open to everybody, such as `createWidgetSession`. */
export type Credential =
  | { apiKey: string; accessToken?: never; widgetToken?: never; platformToken?: never }
  | { accessToken: Token; apiKey?: never; widgetToken?: never; platformToken?: never }
  | { widgetToken: Token; apiKey?: never; accessToken?: never; platformToken?: never }
  | { platformToken: string; apiKey?: never; accessToken?: never; widgetToken?: never }
  | { apiKey?: never; accessToken?: never; widgetToken?: never; platformToken?: never };

export type OpenChairOptions = Credential &
  RetryOptions & {
    /** Where the platform is served, e.g. `https://scheduling.example.com`. */
    baseUrl: string;
    /** The practice in which an agency's user or key acts. */
    practiceId?: string;
    /** In place of the global one; it is called with a `Request`. */
    fetch?: (request: Request) => Promise<Response>;
  };

/** Every operation of the API, by its operationId. */
export type OpenChair = typeof operations;

const KEY = 'Idempotency-Key';

/**
 * A client of one installation, for one credential. Its methods are the operations of the API; they resolve to the answer's body
 * and reject with `OpenChairError` (the API refused) or `OpenChairConnectionError` (no answer came).
 *
 * ```ts
 * const openChair = createOpenChair({ baseUrl, apiKey });
 * const appointment = await openChair.bookAppointment({ body: { slotId, patientId, patientType: 'returning' } });
 * ```
 */
export function createOpenChair(options: OpenChairOptions): OpenChair {
  const client = clientOf(options);
  const bound = Object.entries(operations).map(([name, operation]) => [
    name,
    (call?: object) => (operation as (call: object) => unknown)({ client, ...call }),
  ]);
  return Object.freeze(Object.fromEntries(bound)) as OpenChair;
}

function clientOf({ baseUrl, practiceId, fetch: given, ...options }: OpenChairOptions): Client {
  const send = given ? (request: Request | string | URL) => given(request as Request) : globalThis.fetch;
  // Requests that carry a key of ours, and so can be repeated whatever their method.
  const keyed = new WeakSet<Request>();
  const repeatable = (request: Request) => isIdempotent(request.method) || keyed.has(request);
  const client = createClient(
    createConfig({
      baseUrl: baseUrl.replace(/\/+$/, ''),
      throwOnError: true,
      responseStyle: 'data',
      fetch: retryingFetch(send, repeatable, options) as typeof fetch,
      auth: ({ key }) => credentialFor(key, options),
      ...(practiceId === undefined ? {} : { headers: { 'OpenChair-Practice': practiceId } }),
    }),
  );
  client.interceptors.request.use((request, { url }) => {
    if (!KEYED_OPERATIONS.has(`${request.method} ${url}`)) return request;
    if (!request.headers.has(KEY)) request.headers.set(KEY, newKey());
    keyed.add(request);
    return request;
  });
  client.interceptors.error.use((error, response, request) => errorOf(error, response, request));
  return client;
}

/** A credential goes only to the operations that ask for its kind. */
async function credentialFor(kind: string | undefined, options: Credential): Promise<string | undefined> {
  const token = {
    member: options.apiKey ?? options.accessToken,
    widget: options.widgetToken,
    platform: options.platformToken,
  }[kind ?? ''];
  return typeof token === 'function' ? token() : token;
}

function errorOf(error: unknown, response: Response | undefined, request: Request | undefined): unknown {
  if (request === undefined || request.signal.aborted) return error;
  if (response && isProblem(error)) return new OpenChairError(error, retryAfterOf(response));
  const what = `${request.method} ${new URL(request.url).pathname}`;
  const fault = response
    ? `answered ${response.status} with something that is not OpenChair's`
    : `got no answer: ${error instanceof Error ? error.message : String(error)}`;
  return new OpenChairConnectionError(`${what} ${fault}`, { cause: error });
}

/** 128 random bits. (`randomUUID` is missing in browsers on plain HTTP.) */
function newKey(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
