import {
  asList,
  asObject,
  type Call,
  HttpClient,
  type HttpQuery,
  type Page,
  type PluginDeps,
  readRecords,
  Rejected,
  Retryable,
} from '@openchair/plugin-kit';
import type { OpenDentalConfig } from './config.js';
import { LocalTimes } from './local-times.js';
import { refOf, type Row, rowOf, textOf } from './rows.js';

/** A list of the API, read page by page. */
export interface ListRequest<T> {
  readonly path: string;
  readonly query?: HttpQuery;
  /** Primary key of its records. */
  readonly key: string;
  readonly cursor?: string | undefined;
  /** Only changes since then were asked for, in epoch milliseconds: the state that an empty list shows. */
  readonly since?: number | undefined;
  /** A row of the list in our words; an empty list leaves it out, `Unreadable` sets it apart. `now`: the server's clock, in epoch milliseconds. */
  readonly read: (row: Row, now: number) => readonly T[];
}

/** Where a list is to be read on. */
interface Position {
  readonly asOf: number;
  readonly offset: number;
  /** Key of the last record that was read, which is then at `offset - 1`, when nothing before it has gone. */
  readonly last?: string;
}

/** Open Dental's REST API, for one office. */
export class OpenDentalApi {
  readonly times: LocalTimes;
  private readonly http: HttpClient;

  constructor(
    private readonly config: OpenDentalConfig,
    private readonly deps: Pick<PluginDeps, 'fetch' | 'clock' | 'zone'>,
  ) {
    this.times = new LocalTimes(deps.zone);
    const authorization = `ODFHIR ${config.developerKey}/${config.customerKey}`;
    const { baseUrl } = config;
    this.http = new HttpClient({ ...deps, baseUrl, headers: () => ({ authorization }) });
  }

  /** The server's clock as its last answer told it, or else ours. */
  get now(): number {
    return this.http.serverTime ?? this.deps.clock.now();
  }

  /** Adds the connection's clinic to a query or a record. */
  get clinic(): { ClinicNum?: number } {
    const { clinicNum } = this.config;
    return clinicNum === undefined ? {} : { ClinicNum: clinicNum };
  }

  async get(call: Call, path: string, query: HttpQuery = {}): Promise<Row> {
    return asObject((await this.http.send(call, { path, query })).body);
  }

  async create(call: Call, path: string, record: Row): Promise<Row> {
    return asObject((await this.http.send(call, { method: 'POST', path, json: record })).body);
  }

  /** Nothing is made of the answer: some methods send the record, some a word, some nothing. */
  async update(call: Call, path: string, changes: Row): Promise<void> {
    await this.http.send(call, { method: 'PUT', path, json: changes, anyAnswer: true });
  }

  /**
   * One page. Lists are read by offset, so what is deleted meanwhile moves the rest up: the last record is read again, and
   * when it is not where it was, the page before is read once more. Records may then come twice, none is missed.
   */
  async page<T>(call: Call, list: ListRequest<T>): Promise<Page<T>> {
    const { pageSize } = this.config;
    const position = list.cursor === undefined ? undefined : positionOf(list.cursor);
    let from = (position?.offset ?? 0) - (position?.last === undefined ? 0 : 1);
    let rows = await this.rows(call, list, from);
    let fresh = rows;
    let isSteady = true;
    if (position?.last !== undefined) {
      isSteady = rows[0] !== undefined && refOf(rows[0], list.key) === position.last;
      if (isSteady) fresh = rows.slice(1);
      else {
        from = Math.max(0, from - pageSize);
        rows = fresh = await this.rows(call, list, from);
      }
    }
    const asOf = position?.asOf ?? this.asOf(rows, list.since);
    const read = readRecords(
      fresh,
      (row) => list.read(row, this.now),
      (row) => refOf(row, list.key),
    );
    const end = rows.at(-1);
    if (rows.length < pageSize || !end) return { ...read, asOf };
    const last = isSteady ? refOf(end, list.key) : undefined;
    const next: Position = { asOf, offset: from + rows.length, ...(last === undefined ? {} : { last }) };
    return { ...read, asOf, nextCursor: cursorOf(next) };
  }

  /** All records of a short list. */
  async all<T>(call: Call, list: Omit<ListRequest<T>, 'cursor'>): Promise<T[]> {
    const records: T[] = [];
    for await (const page of this.pages(call, list)) records.push(...page.records);
    return records;
  }

  /** All records of a list in which something is looked for: it might be what cannot be read. */
  async everyOne<T>(call: Call, list: Omit<ListRequest<T>, 'cursor'>): Promise<T[]> {
    const records: T[] = [];
    for await (const page of this.pages(call, list)) {
      if (page.unreadable?.length) throw new Retryable('unexpected_answer');
      records.push(...page.records);
    }
    return records;
  }

  private async *pages<T>(call: Call, list: Omit<ListRequest<T>, 'cursor'>): AsyncGenerator<Page<T>> {
    let cursor: string | undefined;
    do {
      const page: Page<T> = await this.page(call, { ...list, cursor });
      yield page;
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  }

  private async rows(
    call: Call,
    { path, query = {} }: Pick<ListRequest<unknown>, 'path' | 'query'>,
    offset: number,
  ): Promise<Row[]> {
    const paged = { ...query, Limit: this.config.pageSize, Offset: offset };
    return asList((await this.http.send(call, { path, query: paged })).body).map(rowOf);
  }

  /** The state that a list shows: by the office's clock, which stands in the records of some lists; else by the API's. */
  private asOf([first]: readonly Row[], since: number | undefined): number {
    if (!first && since !== undefined) return since;
    const told = first && textOf(first, 'serverDateTime');
    const served = told ? this.times.servedAt(told) : undefined;
    return served ?? this.now - UNTOLD_MARGIN_MS;
  }
}

/** The API and the office may have different clocks, and not every list tells the office's. */
const UNTOLD_MARGIN_MS = 600_000;

function cursorOf({ asOf, offset, last = '' }: Position): string {
  return `${asOf}~${offset}~${last}`;
}

function positionOf(cursor: string): Position {
  const [, asOf, offset, last] = /^(\d{1,16})~(\d{1,12})~(\d{0,18})$/.exec(cursor) ?? [];
  if (asOf === undefined) throw new Rejected('bad_cursor');
  return { asOf: Number(asOf), offset: Number(offset), ...(last ? { last } : {}) };
}
