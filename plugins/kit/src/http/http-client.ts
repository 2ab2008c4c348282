import type { Call } from '../deps.js';
import { isPluginError, type PluginError, Rejected, Retryable } from '../errors.js';
import { readBody } from './body.js';
import type { HttpAnswer, HttpRequest } from './messages.js';
import { failureOfStatus } from './status.js';
import { failureOfTransport } from './transport.js';

export interface HttpClientOptions {
  /** The host's: {@link PluginDeps.fetch}. */
  readonly fetch: typeof fetch;
  readonly clock: { now(): number };
  readonly baseUrl: string;
  /** Sent with every request. May answer late (a token that is to be renewed) and throw the kit's errors. */
  readonly headers?: (call: Call) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /** Bytes of an answer after decompression; default 8 MB. */
  readonly maxBytes?: number;
  /** Longest time for one request, whatever the host allows; default 60 s. */
  readonly timeoutMs?: number;
  /**
   * The vendor's own meaning of an answer that is not 2xx, from its status and body: a kit error to throw in place of the usual
   * one. Nothing that the vendor wrote may get into it but codes that are known beforehand.
   */
  readonly refusal?: (answer: HttpAnswer) => PluginError | undefined;
}

const MAX_BYTES = 8 * 1024 * 1024;
const TIMEOUT_MS = 60_000;

/**
 * JSON over HTTP for adapters. Every way in which it can fail is one of the kit's errors, in whose words nothing of the vendor's shows:
 *
 * - 401, 403 → `Unauthorized`; 404 → `NotFound`; 409 → `Conflict`; 429, and 503 with a Retry-After → `RateLimited` (seconds
 *   or HTTP date); other 5xx, 408, 425 → `Retryable`; other 4xx → `Rejected('http_4xx')`;
 * - no connection, a reset, a body that is cut off, broken JSON, HTML in place of JSON, a body beyond the limit →
 *   `Retryable`, with `outcome: 'not_done'` when nothing can have happened over there;
 * - a redirect → `Rejected('unexpected_redirect')`: credentials do not follow it;
 * - an aborted call → the signal's reason.
 */
export class HttpClient {
  private skew: number | undefined;

  constructor(private readonly options: HttpClientOptions) {}

  /** How far the vendor's clock was ahead of ours at the last answer, in milliseconds; undefined before it or when it does not tell. */
  get clockSkewMs(): number | undefined {
    return this.skew;
  }

  /** The vendor's clock now, in epoch milliseconds, as far as it is known. */
  get serverTime(): number | undefined {
    return this.skew === undefined ? undefined : this.options.clock.now() + this.skew;
  }

  /** Sends and reads. Answers of 2xx only; everything else throws as told above. */
  async send(call: Call, request: HttpRequest): Promise<HttpAnswer> {
    call.signal.throwIfAborted();
    const own = await this.options.headers?.(call);
    const harmless = request.harmless ?? (request.method ?? 'GET') === 'GET';
    const timeout = AbortSignal.timeout(this.options.timeoutMs ?? TIMEOUT_MS);
    try {
      const response = await this.options.fetch(this.urlOf(request), {
        ...bodyOf(request, { accept: 'application/json', ...own, ...request.headers }),
        method: request.method ?? 'GET',
        redirect: 'error',
        signal: AbortSignal.any([call.signal, timeout]),
      });
      return await this.read(response, request);
    } catch (error) {
      call.signal.throwIfAborted();
      const failure = isPluginError(error) ? error : failureOfTransport(error);
      throw harmless && failure.kind === 'retryable' ? new Retryable(failure.reason, { outcome: 'not_done' }) : failure;
    }
  }

  private urlOf({ path, query = {} }: HttpRequest): URL {
    const base = this.options.baseUrl.replace(/\/+$/, '');
    const url = new URL(path.startsWith('/') ? base + path : path);
    if (url.origin !== new URL(base).origin) throw new Rejected('foreign_address');
    const pairs = Object.entries(query).flatMap(([name, value]) =>
      [value ?? []].flat().map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`),
    );
    if (pairs.length > 0) url.search = [url.search.slice(1), ...pairs].filter((part) => part !== '').join('&');
    return url;
  }

  private async read(response: Response, { anyAnswer = false }: HttpRequest): Promise<HttpAnswer> {
    const { status, headers } = response;
    const told = Date.parse(headers.get('date') ?? '');
    if (!Number.isNaN(told)) this.skew = told - this.options.clock.now();
    const content = await readBody(response, this.options.maxBytes ?? MAX_BYTES);
    const answer = { status, headers, body: content.json };
    if (!response.ok) {
      throw (
        this.options.refusal?.(answer) ?? failureOfStatus(answer, content, this.serverTime ?? this.options.clock.now())
      );
    }
    const isPlain = anyAnswer && content.fault === 'malformed_json';
    if (content.fault !== undefined && !isPlain) throw new Retryable(content.fault);
    return answer;
  }
}

function bodyOf(
  { json, form }: HttpRequest,
  headers: Record<string, string>,
): { headers: Record<string, string>; body?: string } {
  if (form) {
    const body = new URLSearchParams(form).toString();
    return { body, headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers } };
  }
  if (json === undefined) return { headers };
  return { body: JSON.stringify(json), headers: { 'content-type': 'application/json', ...headers } };
}
