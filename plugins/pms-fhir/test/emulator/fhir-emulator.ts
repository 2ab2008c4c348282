import { randomUUID, type KeyObject } from 'node:crypto';
import {
  type EmulatedAnswer,
  type EmulatedRequest,
  Emulator,
  type Refusal as Refused,
  type TestDeps,
} from '@openchair/plugin-kit/conformance';
import { type OperationName, Operations } from './operations.js';
import { JSON_TYPE, Refusal, type Sent, type Stored } from './outcome.js';
import { checkParameters, type Parameters } from './search.js';
import { Store } from './store.js';
import { TokenEndpoint } from './token-endpoint.js';

export const BASE = '/fhir/r4';
const TOKEN_PATH = '/oauth2/token';
const MOST_PER_PAGE = 50;

export interface EmulatorOptions {
  /** Whose resources it begins with. */
  readonly template?: Store;
  readonly zone: TestDeps['zone'];
  /** A fixed token, the public key of a registered client, or neither: an open server. */
  readonly auth?: { readonly token?: string; readonly key?: KeyObject };
  /** Operations that it offers; none: a plain server. */
  readonly operations?: readonly OperationName[];
  /** Slots are the server's own: clients read them only, and it marks what an appointment names. */
  readonly ownsSlots?: boolean;
  /** Search parameters that it passes over in silence, as lenient servers do. */
  readonly deafTo?: readonly string[];
  /** What it makes of the address of a next page. */
  readonly nextLink?: (url: string) => string;
}

/**
 * A FHIR R4 server. A plain one pages by snapshots and answers transactions without resources; one with operations pages by offsets
 * and answers with resources, as Medplum does.
 */
export class FhirEmulator extends Emulator {
  readonly store: Store;
  readonly tokens: TokenEndpoint | undefined;
  /** Happens once, between what was read and the next write. */
  meanwhile: (() => void) | undefined;
  private readonly run: Operations;
  private readonly snapshots = new Map<string, Stored[]>();

  constructor(
    clock: { now(): number },
    private readonly options: EmulatorOptions,
  ) {
    super(clock);
    this.store = new Store(() => this.now(), options.template);
    this.run = new Operations(this.store, options.zone);
    const key = options.auth?.key;
    this.tokens =
      key &&
      new TokenEndpoint(
        key,
        () => this.now(),
        () => this.url + TOKEN_PATH,
      );
  }

  get baseUrl(): string {
    return this.url + BASE;
  }

  protected override isWrite({ method, path }: EmulatedRequest): boolean {
    return method !== 'GET' && path !== TOKEN_PATH && !path.endsWith('/_search');
  }

  protected refuse(refusal: Refused): EmulatedAnswer {
    return refusal === 'wrong'
      ? new Refusal(401, 'login', 'Who are you?').answer()
      : new Refusal(403, 'forbidden', 'The client was disabled').answer();
  }

  protected override limit(retryAfter: string): EmulatedAnswer {
    return {
      ...new Refusal(429, 'throttled', 'Too many requests').answer(),
      headers: { ...JSON_TYPE, 'retry-after': retryAfter },
    };
  }

  protected override withRecords(json: unknown, change: (records: readonly unknown[]) => unknown[]): unknown {
    const { entry } = json as { entry?: readonly { resource: unknown }[] };
    if (!Array.isArray(entry)) return json;
    const resources = change(entry.map(({ resource }: { resource: unknown }) => resource));
    return { ...(json as object), entry: resources.map((resource, at) => ({ ...entry[at], resource })) };
  }

  protected handle(request: EmulatedRequest): EmulatedAnswer {
    try {
      if (request.path === TOKEN_PATH && this.tokens) return this.tokens.answer(request);
      if (request.path === `${BASE}/.well-known/smart-configuration`) return this.configuration();
      if (request.path !== BASE && !request.path.startsWith(`${BASE}/`))
        throw new Refusal(404, 'not-found', 'no such address');
      if (request.headers.accept !== 'application/fhir+json')
        throw new Refusal(406, 'not-supported', 'Accept must be application/fhir+json');
      if (request.path === `${BASE}/metadata`) return { status: 200, headers: JSON_TYPE, json: this.capabilities() };
      this.authorize(request);
      if (this.isWrite(request)) this.interfere();
      return this.route(request);
    } catch (error) {
      if (error instanceof Refusal) return error.answer();
      throw error;
    }
  }

  private interfere(): void {
    const { meanwhile } = this;
    this.meanwhile = undefined;
    meanwhile?.();
  }

  private configuration(): EmulatedAnswer {
    if (!this.tokens) throw new Refusal(404, 'not-found', 'no SMART here');
    const json = {
      token_endpoint: this.url + TOKEN_PATH,
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
      grant_types_supported: ['client_credentials'],
      capabilities: ['client-confidential-asymmetric'],
    };
    return { status: 200, json };
  }

  private capabilities(): object {
    const { operations = [], ownsSlots = false } = this.options;
    const interaction = (...codes: string[]) => codes.map((code) => ({ code }));
    const resource = [
      {
        type: 'Appointment',
        interaction: interaction('read', 'search-type', 'create', 'update'),
        operation: operations.map((name) => ({ name, definition: `http://server.example.com/${name}` })),
      },
      {
        type: 'Slot',
        interaction: ownsSlots
          ? interaction('read', 'search-type')
          : interaction('read', 'search-type', 'create', 'update'),
      },
    ];
    const rest = [{ mode: 'server', interaction: interaction('transaction', 'search-system'), resource }];
    return {
      resourceType: 'CapabilityStatement',
      status: 'active',
      kind: 'instance',
      fhirVersion: '4.0.1',
      format: ['json'],
      software: { name: 'Emulated FHIR', version: '4.2' },
      rest,
    };
  }

  private authorize({ headers }: EmulatedRequest): void {
    const { token, key } = this.options.auth ?? {};
    const given = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '';
    if (token !== undefined && given !== token) throw new Refusal(401, 'login', 'no such token');
    if (key !== undefined && !this.tokens!.isLive(given))
      throw new Refusal(401, this.tokens!.tokens.has(given) ? 'expired' : 'login', 'the token does not live');
  }

  private route(request: EmulatedRequest): EmulatedAnswer {
    const { method, headers, query } = request;
    const parts = request.path
      .slice(BASE.length)
      .split('/')
      .filter((part) => part !== '');
    const [type = '', id = ''] = parts;
    if (method === 'GET' && parts.length === 0) return this.nextOf(query);
    if (method === 'GET' && parts.length === 1) return this.search(type, [...query]);
    if (parts.some((part) => part.startsWith('$'))) return this.operate(request, parts);
    if (method === 'GET' && parts.length === 2) return this.shown(200, this.store.get(type, id));
    if (method === 'POST' && id === '_search') return this.searchInBody(request, type);
    const sent = bodyOf(request);
    if (method === 'POST' && parts.length === 0) return this.transaction(sent);
    if (sent.resourceType !== type) throw new Refusal(400, 'invalid', 'another resource was expected at this address');
    if (type === 'Slot' && this.options.ownsSlots) throw new Refusal(405, 'not-supported', 'Slots are read only');
    if (method === 'POST' && parts.length === 1) {
      const { resource, created } = this.make(sent, headers['if-none-exist'] as string | undefined);
      return this.shown(created ? 201 : 200, resource);
    }
    if (method === 'PUT' && parts.length === 2) return this.shown(200, this.replace(sent, id, headers['if-match']));
    throw new Refusal(405, 'not-supported', `${method} is not supported here`);
  }

  private shown(status: number, resource: Stored): EmulatedAnswer {
    const location = `${this.baseUrl}/${resource.resourceType}/${resource.id}/_history/${resource.meta.versionId}`;
    return { status, headers: { ...JSON_TYPE, etag: `W/"${resource.meta.versionId}"`, location }, json: resource };
  }

  private make(sent: Sent, ifNoneExist: string | undefined): { resource: Stored; created: boolean } {
    if (sent.id !== undefined) throw new Refusal(400, 'invalid', 'the server gives ids');
    if (ifNoneExist !== undefined) {
      const parameters = [...new URLSearchParams(ifNoneExist)];
      checkParameters(sent.resourceType, parameters);
      const [found, ...more] = this.store.search(sent.resourceType, parameters);
      if (more.length > 0) throw new Refusal(412, 'multiple-matches', 'several resources match');
      if (found) return { resource: found, created: false };
    }
    const resource = this.store.create(sent);
    if (this.options.ownsSlots && sent.resourceType === 'Appointment') this.mark(resource);
    return { resource, created: true };
  }

  private replace(sent: Sent, id: string, ifMatch: unknown): Stored {
    if (sent.id !== id) throw new Refusal(400, 'invalid', 'the ids differ');
    if (typeof ifMatch !== 'string') throw new Refusal(412, 'required', 'If-Match is required');
    return this.store.update(sent, ifMatch);
  }

  /** A server with Slots of its own takes those that an appointment names. */
  private mark({ slot }: Stored): void {
    for (const { reference } of (slot ?? []) as { reference: string }[]) {
      const own = this.store.get('Slot', reference.slice('Slot/'.length));
      if (own.status !== 'free') throw new Refusal(409, 'conflict', 'the slot is not free');
      this.store.update({ ...own, status: 'busy' }, null);
    }
  }

  private transaction(bundle: Sent): EmulatedAnswer {
    if (bundle.resourceType !== 'Bundle' || bundle.type !== 'transaction')
      throw new Refusal(400, 'invalid', 'a transaction was expected');
    const entries = bundle.entry as {
      fullUrl?: string;
      resource: Sent;
      request: { method: string; url: string; ifMatch?: string; ifNoneExist?: string };
    }[];
    const done = this.store.atomically(() => {
      const made = new Map<string, string>();
      const linked = (resource: Sent) =>
        JSON.parse(JSON.stringify(resource).replace(/urn:uuid:[0-9a-f-]{36}/g, (urn) => made.get(urn) ?? urn)) as Sent;
      // As the specification has it: what is made first, what is replaced then; appointments last, since they refer to Slots.
      const order = [...entries].sort(
        (a, b) => Number(a.resource.resourceType === 'Appointment') - Number(b.resource.resourceType === 'Appointment'),
      );
      const results = new Map<object, { status: string; resource: Stored }>();
      for (const entry of order) {
        const { method, url, ifMatch, ifNoneExist } = entry.request;
        if (method === 'POST' && url === entry.resource.resourceType) {
          const { resource, created } = this.make(linked(entry.resource), ifNoneExist);
          if (entry.fullUrl) made.set(entry.fullUrl, `${url}/${resource.id}`);
          results.set(entry, { status: created ? '201 Created' : '200 OK', resource });
        } else if (method === 'PUT') {
          results.set(entry, {
            status: '200 OK',
            resource: this.replace(linked(entry.resource), url.split('/')[1] ?? '', ifMatch),
          });
        } else throw new Refusal(400, 'invalid', `${method} ${url} cannot be in this transaction`);
      }
      return entries.map((entry) => results.get(entry)!);
    });
    const entry = done.map(({ status, resource }) => ({
      ...(this.options.operations?.length ? { resource } : {}),
      response: {
        status,
        location: `${resource.resourceType}/${resource.id}/_history/${resource.meta.versionId}`,
        lastModified: resource.meta.lastUpdated,
      },
    }));
    return { status: 200, headers: JSON_TYPE, json: { resourceType: 'Bundle', type: 'transaction-response', entry } };
  }

  private searchInBody({ headers, body }: EmulatedRequest, type: string): EmulatedAnswer {
    if (headers['content-type'] !== 'application/x-www-form-urlencoded')
      throw new Refusal(415, 'not-supported', 'a form was expected');
    return this.search(type, [...new URLSearchParams(body)]);
  }

  private search(type: string, parameters: Parameters): EmulatedAnswer {
    checkParameters(type, parameters);
    const value = (name: string) => parameters.find(([one]) => one === name)?.[1];
    const found = this.store.search(
      type,
      parameters.filter(([name]) => !this.options.deafTo?.includes(name)),
    );
    if (value('_sort') === '_id') found.sort((a, b) => (a.id < b.id ? -1 : 1));
    const size = Math.min(Number(value('_count') ?? 20) || 20, MOST_PER_PAGE);
    const offset = Number(value('_offset') ?? 0);
    if (this.options.operations?.length) {
      const rest = new URLSearchParams(parameters.filter(([name]) => name !== '_offset') as [string, string][]);
      return this.bundle(found, offset, size, (next) => `${this.baseUrl}/${type}?${rest.toString()}&_offset=${next}`);
    }
    const snapshot = randomUUID();
    this.snapshots.set(snapshot, found);
    return this.bundle(
      found,
      0,
      size,
      (next) => `${this.baseUrl}?_getpages=${snapshot}&_getpagesoffset=${next}&_count=${size}`,
    );
  }

  private nextOf(query: URLSearchParams): EmulatedAnswer {
    const found = this.snapshots.get(query.get('_getpages') ?? '');
    if (!found) throw new Refusal(410, 'not-found', 'the search has expired');
    const [offset, size] = [Number(query.get('_getpagesoffset')), Number(query.get('_count'))];
    return this.bundle(
      found,
      offset,
      size,
      (next) => `${this.baseUrl}?_getpages=${query.get('_getpages')}&_getpagesoffset=${next}&_count=${size}`,
    );
  }

  private bundle(
    found: readonly Stored[],
    offset: number,
    size: number,
    next: (offset: number) => string,
  ): EmulatedAnswer {
    const page = found.slice(offset, offset + size);
    const link = [
      { relation: 'self', url: this.baseUrl },
      ...(offset + size < found.length
        ? [{ relation: 'next', url: (this.options.nextLink ?? String)(next(offset + size)) }]
        : []),
    ];
    const entry = page.map((resource) => ({
      fullUrl: `${this.baseUrl}/${resource.resourceType}/${resource.id}`,
      resource,
      search: { mode: 'match' },
    }));
    return {
      status: 200,
      headers: JSON_TYPE,
      json: { resourceType: 'Bundle', type: 'searchset', total: found.length, link, entry },
    };
  }

  private operate(request: EmulatedRequest, parts: readonly string[]): EmulatedAnswer {
    const name = parts.at(-1)!.slice(1) as OperationName;
    if (parts[0] !== 'Appointment' || !this.options.operations?.includes(name))
      throw new Refusal(404, 'not-supported', `$${name} is not supported`);
    const wrapped = (status: number, resources: readonly Stored[], type: string): EmulatedAnswer => {
      const resource = { resourceType: 'Bundle', type, entry: resources.map((one) => ({ resource: one })) };
      return {
        status,
        headers: JSON_TYPE,
        json: { resourceType: 'Parameters', parameter: [{ name: 'return', resource }] },
      };
    };
    if (name === 'find' && request.method === 'GET') return wrapped(200, this.run.find(request.query), 'searchset');
    if (request.method !== 'POST') throw new Refusal(405, 'not-supported', 'POST is expected');
    const { resourceType, parameter } = bodyOf(request);
    if (resourceType !== 'Parameters' || parameter?.length === 0)
      throw new Refusal(400, 'invalid', 'Parameters were expected');
    if (name === 'book' || name === 'hold')
      return wrapped(201, this.run.book(parameter, name === 'hold'), 'transaction-response');
    if (name === 'confirm') return wrapped(200, this.run.confirm(parts[1]!), 'transaction-response');
    if (name === 'reschedule') return wrapped(200, this.run.reschedule(parts[1]!, parameter), 'transaction-response');
    return wrapped(200, this.run.cancel(parameter), 'transaction-response');
  }
}

function bodyOf({ headers, body }: EmulatedRequest): Sent {
  if (headers['content-type'] !== 'application/fhir+json')
    throw new Refusal(415, 'not-supported', 'Content-Type must be application/fhir+json');
  try {
    return JSON.parse(body) as Sent;
  } catch {
    throw new Refusal(400, 'structure', 'the body is not JSON');
  }
}
