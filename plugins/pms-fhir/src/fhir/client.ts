import {
  type Call,
  HttpClient,
  type HttpQuery,
  type HttpRequest,
  isPluginError,
  NotFound,
  type PluginDeps,
  Rejected,
  Retryable,
} from '@openchair/plugin-kit';
import type { FhirConfig } from '../config.js';
import { Authorization } from './authorization.js';
import { type Bundle, entriesOf, isResource, requestOf, resourceOf, type TransactionEntry, unwrap } from './bundles.js';
import { refusalOf } from './outcomes.js';
import { isId, type Resource, targetOf } from './resources.js';

const MEDIA_TYPE = 'application/fhir+json';
/** A list that is read whole ends here: something else than a practice is behind it. */
const MOST_PAGES = 200;

/** One page of a search. */
export interface Found<T> {
  readonly resources: readonly T[];
  /** Where the next page is, below the base URL. */
  readonly next?: string;
}

/** A resource as it is after a write. */
export interface Written<T> {
  readonly resource: T;
  readonly created: boolean;
}

/** FHIR's REST API, as far as it is needed. */
export class FhirClient {
  private readonly http: HttpClient;
  private readonly authorization: Authorization;
  private readonly base: string;

  constructor(
    config: FhirConfig,
    private readonly deps: Pick<PluginDeps, 'fetch' | 'clock'>,
  ) {
    this.base = config.baseUrl.replace(/\/+$/, '');
    this.authorization = new Authorization(config, deps);
    this.http = new HttpClient({
      ...deps,
      baseUrl: this.base,
      headers: async (call) => ({ accept: MEDIA_TYPE, ...(await this.authorization.headers(call)) }),
      refusal: refusalOf,
    });
  }

  /** The server's clock, as far as it is known. */
  get serverTime(): number | undefined {
    return this.http.serverTime;
  }

  /** When, on the server's clock, a question was asked whose answer is there: `askedAt` is that instant on ours. */
  serverTimeOf(askedAt: number): number {
    return askedAt + (this.http.clockSkewMs ?? 0);
  }

  async read<T extends Resource>(call: Call, type: string, id: string): Promise<T> {
    if (!isId(id)) throw new NotFound();
    return resourceOf<T>((await this.send(call, { path: `/${type}/${id}` })).body, type);
  }

  /** The capability statement. */
  async metadata(call: Call): Promise<Resource> {
    return resourceOf((await this.send(call, { path: '/metadata' })).body, 'CapabilityStatement');
  }

  /** The first page of a search. What servers do not understand they may pass over: check what was asked for. */
  async search<T extends Resource>(call: Call, type: string, query: HttpQuery): Promise<Found<T>> {
    return this.page<T>(type, (await this.send(call, { path: `/${type}`, query })).body);
  }

  /** A search for what must not stand in an address: names, days of birth. */
  async searchInBody<T extends Resource>(call: Call, type: string, form: Record<string, string>): Promise<T[]> {
    const { body } = await this.send(call, { method: 'POST', path: `/${type}/_search`, form, harmless: true });
    return this.rest(call, type, this.page<T>(type, body));
  }

  /** A further page. */
  async follow<T extends Resource>(call: Call, type: string, next: string): Promise<Found<T>> {
    return this.page<T>(type, (await this.send(call, { path: this.base + next })).body, next);
  }

  /** Every page of a search. */
  async all<T extends Resource>(call: Call, type: string, query: HttpQuery): Promise<T[]> {
    return this.rest(call, type, await this.search<T>(call, type, query));
  }

  /** Those of some resources that are there; asked for in portions, so that addresses stay short. */
  async byIds<T extends Resource>(call: Call, type: string, ids: readonly string[], parameter = '_id'): Promise<T[]> {
    const found: T[] = [];
    for (const part of portions([...new Set(ids)], 40)) {
      found.push(...(await this.all<T>(call, type, { [parameter]: part.join(','), _count: 100 })));
    }
    return found;
  }

  /** Makes a resource; with `ifNoneExist`, the one that the query finds is answered in its place. */
  async create<T extends Resource>(call: Call, resource: Resource, ifNoneExist?: string): Promise<Written<T>> {
    const { resourceType: type } = resource;
    const headers: Record<string, string> = ifNoneExist === undefined ? {} : { 'if-none-exist': ifNoneExist };
    return this.written<T>(call, type, { method: 'POST', path: `/${type}`, json: resource, headers });
  }

  /** Replaces a resource, unless it has changed since it was read: `Conflict('changed_meanwhile')`. */
  async update<T extends Resource>(call: Call, resource: T): Promise<Written<T>> {
    const { resourceType: type, id, meta } = resource;
    const headers: Record<string, string> =
      meta?.versionId === undefined ? {} : { 'if-match': `W/"${meta.versionId}"` };
    return this.written<T>(call, type, { method: 'PUT', path: `/${type}/${id}`, json: resource, headers });
  }

  /** Writes all or nothing: what has an id is replaced, what has none is made. Answers with the first entry's resource. */
  async transaction<T extends Resource>(call: Call, entries: readonly TransactionEntry[]): Promise<T> {
    const json = { resourceType: 'Bundle', type: 'transaction', entry: entries.map(requestOf) };
    const { body } = await this.send(call, { method: 'POST', path: this.base, json, headers: WRITES });
    const [first] = entriesOf(resourceOf(body, 'Bundle'));
    const type = entries[0]!.resource.resourceType;
    if (isResource<T>(first?.resource, type)) return first.resource;
    return this.readBack<T>(call, type, first?.response?.location ?? entries[0]!.resource.id);
  }

  /** Calls an operation by POST; answers with the resources in its answer, whatever they are wrapped in. */
  async operation(call: Call, path: string, parameters: readonly object[]): Promise<Resource[]> {
    const json = { resourceType: 'Parameters', ...(parameters.length === 0 ? {} : { parameter: parameters }) };
    return unwrap((await this.send(call, { method: 'POST', path, json, headers: WRITES })).body);
  }

  /** Calls an operation that changes nothing by GET. */
  async ask(call: Call, path: string, query: HttpQuery): Promise<Resource[]> {
    return unwrap((await this.send(call, { path, query })).body);
  }

  private async written<T extends Resource>(call: Call, type: string, request: HttpRequest): Promise<Written<T>> {
    const { status, body, headers } = await this.send(call, { ...request, headers: { ...WRITES, ...request.headers } });
    const created = status === 201;
    if (isResource<T>(body, type)) return { resource: body, created };
    if (body !== undefined && !isResource(body, 'OperationOutcome')) throw new Retryable('unexpected_answer');
    const location = headers.get('location') ?? headers.get('content-location') ?? request.path;
    return { resource: await this.readBack<T>(call, type, location), created };
  }

  /** What was written, of a server that answers without it whatever it was asked for. That it was written is certain no more. */
  private async readBack<T extends Resource>(call: Call, type: string, location: string | undefined): Promise<T> {
    const id = targetOf({ reference: location })?.id ?? location ?? '';
    try {
      return await this.read<T>(call, type, id);
    } catch (error) {
      throw isPluginError(error) ? new Retryable(error.reason) : error;
    }
  }

  /** A token that the server takes no more is renewed once. */
  private async send(call: Call, request: HttpRequest) {
    try {
      return await this.http.send(call, request);
    } catch (error) {
      const refused = isPluginError(error) && error.kind === 'unauthorized' && error.reason === 'unauthorized';
      if (!refused || !this.authorization.renew()) throw error;
      return this.http.send(call, request);
    }
  }

  private async rest<T extends Resource>(call: Call, type: string, first: Found<T>): Promise<T[]> {
    const resources = [...first.resources];
    let { next } = first;
    for (let pages = 1; next !== undefined; pages += 1) {
      if (pages >= MOST_PAGES) throw new Rejected('list_too_long');
      const page: Found<T> = await this.follow<T>(call, type, next);
      resources.push(...page.resources);
      next = page.next;
    }
    return resources;
  }

  private page<T extends Resource>(type: string, body: unknown, current?: string): Found<T> {
    const bundle = resourceOf<Bundle>(body, 'Bundle');
    const resources = entriesOf(bundle).flatMap(({ resource, search }) =>
      isResource<T>(resource, type) && search?.mode !== 'include' ? resource : [],
    );
    const link = Array.isArray(bundle.link) ? bundle.link.find(({ relation }) => relation === 'next')?.url : undefined;
    if (typeof link !== 'string') return { resources };
    const url = URL.canParse(link, `${this.base}/`) ? new URL(link, `${this.base}/`).href : '';
    // The token goes where it was meant for, and nowhere else.
    if (url !== this.base && !url.startsWith(`${this.base}/`) && !url.startsWith(`${this.base}?`))
      throw new Rejected('foreign_address');
    const next = url.slice(this.base.length);
    if (next === current) throw new Retryable('paging_stands_still', { outcome: 'not_done' });
    return { resources, next };
  }
}

const WRITES = { 'content-type': MEDIA_TYPE, prefer: 'return=representation' };

function portions<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) => list.slice(at * size, (at + 1) * size));
}
