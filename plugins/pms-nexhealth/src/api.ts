import {
  asObject,
  type Call,
  type HttpAnswer,
  HttpClient,
  type HttpQuery,
  type HttpRequest,
  isPluginError,
  type PluginDeps,
  Rejected,
  Retryable,
} from '@openchair/plugin-kit';
import type { NexHealthConfig } from './config.js';
import { type Row, rowsOf, textOf } from './rows.js';
import { Session } from './session.js';

/** The version that this plugin was written for. NexHealth answers 404 to requests that name none. */
const VERSION = { 'nex-api-version': 'v3.0.0' };
/** Records of one request where a whole list is read; the most that NexHealth gives. */
const WHOLE_LIST = 1_000;
/** A list that does not end is a fault of the other side. */
const MOST_PAGES = 500;

/** One page of a list. `next` is the cursor of the following one. */
export interface Rows {
  readonly rows: readonly Row[];
  readonly next?: string;
}

/** NexHealth's HTTP API, for one institution and location. Every way to fail is one of the kit's errors. */
export class NexHealthApi {
  readonly locationId: number;
  private readonly subdomain: string;
  private readonly session: Session;
  private readonly http: HttpClient;

  constructor(
    config: NexHealthConfig,
    private readonly deps: Pick<PluginDeps, 'clock' | 'fetch'>,
  ) {
    this.subdomain = config.subdomain;
    this.locationId = config.locationId;
    this.session = new Session(config, deps, VERSION);
    this.http = new HttpClient({
      ...deps,
      baseUrl: config.baseUrl,
      headers: async (call) => ({ ...VERSION, authorization: `Bearer ${await this.session.bearer(call)}` }),
    });
  }

  /** NexHealth's clock in epoch milliseconds; ours before its first answer. */
  now(): number {
    return this.http.serverTime ?? this.deps.clock.now();
  }

  /** The data of an answer. */
  async read(call: Call, path: string, query: HttpQuery = {}): Promise<unknown> {
    return (await this.send(call, { path, query })).envelope['data'];
  }

  /** Does a write. `created`: something new was made. */
  async write(
    call: Call,
    method: 'POST' | 'PATCH',
    path: string,
    json: object,
    query: HttpQuery = {},
  ): Promise<{ readonly created: boolean; readonly data: Row }> {
    const { status, envelope } = await this.send(call, { method, path, json, query });
    return { created: status === 201, data: asObject(envelope['data']) };
  }

  /** A page of a list with cursors: the first one, or the one after `cursor`. */
  async page(call: Call, path: string, query: HttpQuery, perPage: number, cursor?: string): Promise<Rows> {
    const paged = { ...query, per_page: perPage, end_cursor: cursor };
    const { envelope } = await this.send(call, { path, query: paged });
    const rows = rowsOf(envelope['data']);
    const info = asObject(envelope['page_info']);
    const next = info['has_next_page'] === true ? textOf(info['end_cursor']) : undefined;
    return next === undefined ? { rows } : { rows, next };
  }

  /** A short list with cursors, to its end. */
  async whole(call: Call, path: string, query: HttpQuery): Promise<Row[]> {
    const rows: Row[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const page = await this.page(call, path, query, WHOLE_LIST, cursor);
      rows.push(...page.rows);
      if (page.next === undefined || page.next === cursor) return rows;
      cursor = page.next;
    }
    throw new Retryable('endless_list', { outcome: 'not_done' });
  }

  /** Answers come in an envelope; `code: false` is a refusal whatever the status says. */
  private async send(call: Call, request: HttpRequest): Promise<{ readonly status: number; readonly envelope: Row }> {
    const query = { subdomain: this.subdomain, ...request.query };
    const { status, body } = await this.authorized(call, { ...request, query });
    const envelope = asObject(body);
    if (envelope['code'] !== true) throw new Rejected('refused');
    return { status, envelope };
  }

  /** A token may end before its time: once, a new one is asked for. Nothing was done under the old one. */
  private async authorized(call: Call, request: HttpRequest): Promise<HttpAnswer> {
    try {
      return await this.http.send(call, request);
    } catch (error) {
      if (!isPluginError(error) || error.kind !== 'unauthorized' || error.reason !== 'unauthorized') throw error;
      this.session.drop();
      return this.http.send(call, request);
    }
  }
}
