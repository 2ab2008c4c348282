import { isPluginError, type PluginDeps, RateLimited, Rejected, Retryable, Unauthorized } from '@openchair/plugin-kit';

const DEFAULT_WAIT_MS = 5_000;

/** Talks to the inbox's HTTP API. Every failure is one of the kit's errors and shows nothing of the answer's body. */
export class InboxClient {
  private readonly base: string;

  constructor(
    inboxUrl: string,
    private readonly deps: Pick<PluginDeps, 'fetch' | 'clock'>,
  ) {
    this.base = inboxUrl.replace(/\/+$/, '');
  }

  async get<T>(path: string, signal: AbortSignal): Promise<T> {
    return this.ask(path, { method: 'GET', signal });
  }

  async post<T>(path: string, body: unknown, signal: AbortSignal): Promise<T> {
    const headers = { 'Content-Type': 'application/json' };
    return this.ask(path, { method: 'POST', headers, body: JSON.stringify(body), signal });
  }

  private async ask<T>(path: string, init: RequestInit & { signal: AbortSignal }): Promise<T> {
    init.signal.throwIfAborted();
    try {
      const response = await this.deps.fetch(`${this.base}${path}`, init);
      if (!response.ok) {
        await response.body?.cancel();
        throw this.failureOf(response);
      }
      return (await response.json()) as T;
    } catch (error) {
      if (init.signal.aborted) throw new Retryable('deadline_exceeded');
      throw isPluginError(error) ? error : new Retryable('inbox_unreachable');
    }
  }

  private failureOf({ status, headers }: Response): Error {
    if (status === 401 || status === 403) return new Unauthorized(`inbox_${status}`);
    if (status === 429) return new RateLimited(this.waitOf(headers.get('retry-after')));
    if (status === 408 || status >= 500) return new Retryable(`inbox_${status}`);
    return new Rejected(`inbox_${status}`);
  }

  /** `Retry-After` in seconds or as a date, in milliseconds from now. */
  private waitOf(header: string | null): number {
    const seconds = Number(header ?? Number.NaN);
    const wait = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(header ?? '') - this.deps.clock.now();
    return wait > 0 ? wait : DEFAULT_WAIT_MS;
  }
}
