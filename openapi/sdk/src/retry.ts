/** How long a call may take and how often it is tried. */
export interface RetryOptions {
  /** Attempts after the first one. Default 3; 0 turns retries off. */
  retries?: number;
  /** Milliseconds for one attempt, its answer included. Default 30,000. */
  timeoutMs?: number;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 8_000;
/** Who is told to wait longer gets the refusal, with `retryAfter`, and decides. */
const LONGEST_RETRY_AFTER_MS = 30_000;

const IDEMPOTENT = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);

/** Whether sending the request twice has the effect of sending it once, by its method alone. */
export const isIdempotent = (method: string): boolean => IDEMPOTENT.has(method);

/**
 * A fetch that tries again where that cannot have a second effect. A refusal for its rate (429) is tried again whatever it was;
 * a lost answer, an answer of a proxy (502, 504), 503, or "the first one is still running" only where `repeatable` says so.
 */
export function retryingFetch(
  send: typeof fetch,
  repeatable: (request: Request) => boolean,
  { retries = 3, timeoutMs = 30_000 }: RetryOptions,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const safe = repeatable(request);
    for (let attempt = 0; ; attempt += 1) {
      const left = retries - attempt;
      const outcome = await once(send, request, timeoutMs).catch((error: unknown) => ({ error }));
      if ('error' in outcome) {
        if (left <= 0 || !safe || request.signal.aborted) throw outcome.error;
        await pause(backoff(attempt), request.signal);
        continue;
      }
      const wait = left > 0 ? waitAfter(outcome, safe, attempt) : undefined;
      if (wait === undefined) return outcome;
      await outcome.body?.cancel();
      await pause(wait, request.signal);
    }
  };
}

/** The seconds of `Retry-After`, which is a number of them or a date. */
export function retryAfterOf(response: Response): number | undefined {
  const header = response.headers.get('retry-after');
  if (header === null) return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1_000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}

/**
 * Attempts whose answer is awaited. Without this, Node may collect a Request while it is being fetched, and with it the signal
 * that ends the attempt: it would wait for ever.
 */
const underWay = new Set<Request>();

/** One attempt. JSON is read to its end here, so that an answer cut in its middle counts as lost. */
async function once(send: typeof fetch, request: Request, timeoutMs: number): Promise<Response> {
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)]);
  const attempt = new Request(request.clone(), { signal });
  underWay.add(attempt);
  try {
    const response = await send(attempt);
    if (!/\bjson\b/.test(response.headers.get('content-type') ?? '')) return response;
    const { status, statusText, headers } = response;
    return new Response(await response.text(), { status, statusText, headers });
  } finally {
    underWay.delete(attempt);
  }
}

/** Milliseconds to wait before the next attempt; undefined when the answer stands. */
function waitAfter(response: Response, safe: boolean, attempt: number): number | undefined {
  const asked = retryAfterOf(response);
  const { status } = response;
  const again =
    status === 429 ||
    (safe && (status === 502 || status === 503 || status === 504 || (status === 409 && asked !== undefined)));
  if (!again) return undefined;
  if (asked === undefined) return backoff(attempt);
  return asked * 1_000 <= LONGEST_RETRY_AFTER_MS ? asked * 1_000 : undefined;
}

/** Doubles with each attempt; half of it is chance, so that many clients do not come back together. */
function backoff(attempt: number): number {
  const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
  return full / 2 + Math.random() * (full / 2);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
      settle();
    };
    const aborted = end(() => reject(signal.reason as Error));
    const timer = setTimeout(
      end(() => resolve()),
      ms,
    );
    signal.addEventListener('abort', aborted);
    if (signal.aborted) aborted();
  });
}
