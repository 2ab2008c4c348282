import { Conflict, NotFound, type PluginError, RateLimited, Rejected, Retryable, Unauthorized } from '../errors.js';
import type { BodyContent } from './body.js';
import type { HttpAnswer } from './messages.js';

const PATIENCE_MS = 5_000;
const MOST_PATIENCE_MS = 3_600_000;

/** The kit's error for an answer that is not 2xx. `now`: the vendor's clock in epoch milliseconds. */
export function failureOfStatus({ status, headers }: HttpAnswer, { fault }: BodyContent, now: number): PluginError {
  if (status === 429) return new RateLimited(retryAfterMs(headers, now) ?? PATIENCE_MS);
  if (status === 503 && headers.has('retry-after')) {
    return new RateLimited(retryAfterMs(headers, now) ?? PATIENCE_MS, 'http_503');
  }
  if (status >= 500 || status === 408 || status === 425) return new Retryable(`http_${status}`);
  if (status === 401) return new Unauthorized();
  if (status === 403) return new Unauthorized('forbidden');
  // A page of a proxy or of a wrong address says nothing about the record that was asked for.
  if (fault === 'html_instead_of_json') return new Retryable(fault);
  if (status === 404) return new NotFound();
  if (status === 409) return new Conflict([], 'http_409');
  return new Rejected(`http_${status}`);
}

/**
 * The time to wait that `Retry-After` names, in milliseconds: seconds, or an HTTP date as seen from `now`, the vendor's clock.
 * At least a second and at most an hour; undefined when there is none or it cannot be read.
 */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const told = headers.get('retry-after')?.trim();
  if (!told) return undefined;
  const wait = /^\d+(\.\d+)?$/.test(told) ? Number(told) * 1_000 : Date.parse(told) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(Math.ceil(wait), 1_000), MOST_PATIENCE_MS);
}
