import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from './check.js';
import { type HttpFault, spoil } from './emulator-faults.js';

/** A request as an emulated vendor gets it. */
export interface EmulatedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Everything after `?`, as it was sent. */
  readonly rawQuery: string;
  /** Names in lower case. */
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An emulated vendor's answer: `json` or `text`, or neither. */
export interface EmulatedAnswer {
  readonly status: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A record of an emulated vendor. */
export type EmulatedRecord = Readonly<Record<string, unknown>>;

/** Which credential is refused, for the vendor's own words. */
export type Refusal = 'wrong' | 'revoked';

/**
 * A vendor's HTTP API on a free port of this machine, for tests: subclasses answer as strictly as the vendor does, and this
 * base does what goes wrong on the way. It knows a clock of its own, which may differ from ours.
 */
export abstract class Emulator {
  /** Requests so far, the oldest first. */
  readonly requests: EmulatedRequest[] = [];
  /** Bytes of bodies that were sent. */
  bytesSent = 0;
  /** How far its clock is ahead of the clock it was made with, in milliseconds. */
  skewMs = 0;
  /** Added to every answer. */
  latencyMs = 0;
  private odd: { path: RegExp; change: (record: EmulatedRecord) => unknown } | undefined;
  private current: Fault | HttpFault = 'none';
  private strikes: 'everything' | 'writes' = 'everything';
  private readonly server: Server;

  constructor(private readonly clock: { now(): number }) {
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  /** Answers a request whose credentials have not been looked at yet. */
  protected abstract handle(request: EmulatedRequest): EmulatedAnswer | Promise<EmulatedAnswer>;

  /** The vendor's answer to credentials that it does not take. */
  protected abstract refuse(refusal: Refusal): EmulatedAnswer;

  /** Whether a request changes something: only then can an acknowledgement be lost. */
  protected isWrite({ method }: EmulatedRequest): boolean {
    return method !== 'GET';
  }

  /** The vendor's answer to too many requests, with the given Retry-After. */
  protected limit(retryAfter: string): EmulatedAnswer {
    return { status: 429, headers: { 'retry-after': retryAfter }, text: 'Too many requests' };
  }

  /** The vendor's clock in epoch milliseconds. */
  now(): number {
    return this.clock.now() + this.skewMs;
  }

  /** Where it listens: `http://127.0.0.1:port`. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async listen(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  /** From now on; `on`: reads may be spared, so that what comes before a write does not fail in its place. */
  async fault(fault: Fault | HttpFault, on: 'everything' | 'writes' = 'everything'): Promise<void> {
    this.current = fault;
    this.strikes = on;
  }

  /** From now on one record of every list at `path` is what `change` makes of it: the first that it does not give back as it is. */
  spoilRecord(path: RegExp, change: (record: EmulatedRecord) => unknown): void {
    this.odd = { path, change };
  }

  /** An answer whose records are what `change` makes of them. Where a vendor's lists are no bare arrays, say where they are. */
  protected withRecords(json: unknown, change: (records: readonly unknown[]) => unknown[]): unknown {
    return Array.isArray(json) ? change(json) : json;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    // Whoever hangs up gets no answer; that is no fault of the emulator.
    incoming.on('error', () => undefined);
    response.on('error', () => undefined);
    const request = await requestOf(incoming);
    this.requests.push(request);
    if (this.latencyMs > 0) await delay(this.latencyMs);
    const isWrite = this.isWrite(request);
    const fault = this.strikes === 'writes' && !isWrite ? 'none' : this.current;
    if (fault === 'slow') return;
    if (fault === 'reset') return void incoming.socket.destroy();
    const answer = this.inTheWay(fault) ?? this.spoilt(request, await this.answerTo(request));
    if (fault === 'lose_acknowledgement' && isWrite) return void incoming.socket.destroy();
    const headers = { date: new Date(this.now()).toUTCString(), 'content-type': 'application/json', ...answer.headers };
    const body = answer.json === undefined ? (answer.text ?? '') : JSON.stringify(answer.json);
    await spoil(fault, response, { status: answer.status, headers, body }, (bytes) => (this.bytesSent += bytes));
  }

  /** What keeps a request from being looked at. */
  private inTheWay(fault: Fault | HttpFault): EmulatedAnswer | undefined {
    if (fault === 'unauthorized' || fault === 'wrong_key') return this.refuse('wrong');
    if (fault === 'revoked_key') return this.refuse('revoked');
    if (fault === 'rate_limited') return this.limit('2');
    if (fault === 'rate_limited_until') return this.limit(new Date(this.now() + 90_000).toUTCString());
    if (fault === 'down') return { status: 503, text: 'Service Unavailable' };
    if (fault === 'internal_error') return { status: 500, text: 'Internal Server Error' };
    if (fault === 'gateway_timeout') return { status: 504, text: 'Gateway Timeout' };
    return undefined;
  }

  private spoilt({ method, path }: EmulatedRequest, answer: EmulatedAnswer): EmulatedAnswer {
    const { odd } = this;
    if (!odd?.path.test(path) || method !== 'GET' || answer.status !== 200) return answer;
    let isDone = false;
    const changed = (record: unknown) => {
      const spoilt = isDone ? record : odd.change(record as EmulatedRecord);
      isDone ||= spoilt !== record;
      return spoilt;
    };
    return { ...answer, json: this.withRecords(answer.json, (records) => records.map(changed)) };
  }

  private async answerTo(request: EmulatedRequest): Promise<EmulatedAnswer> {
    try {
      return await this.handle(request);
    } catch (error) {
      // A bug of the emulator must not look like a fault of the vendor that adapters are patient with.
      return { status: 418, text: `the emulator failed: ${String(error)}` };
    }
  }
}

async function requestOf(incoming: IncomingMessage): Promise<EmulatedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const url = new URL(incoming.url ?? '/', 'http://emulator');
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    rawQuery: url.search.slice(1),
    headers: incoming.headers,
    body: Buffer.concat(chunks).toString(),
  };
}
