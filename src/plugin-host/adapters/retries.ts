import { setTimeout as delay } from 'node:timers/promises';
import type { Failure } from '@openchair/plugin-kit';
import type { CallResult } from './lane.js';

const FIRST_WAIT_MS = 200;
/** What does not leave this much time for the call itself is not begun. */
const LEAST_MS = 50;
/** The host's own refusals: asking again at once would only add to them. */
const OWN = new Set(['circuit_open', 'too_many_calls']);

interface RetryOptions {
  deadlineMs: number;
  idempotencyKey?: string;
  retries?: number;
}

/** Calls until there is an answer, the tries are used up, or the deadline leaves no room for another one. */
export async function withRetries(
  { deadlineMs, idempotencyKey, retries = 0 }: RetryOptions,
  ending: AbortSignal,
  attempt: (deadlineMs: number) => Promise<CallResult>,
): Promise<CallResult> {
  const end = performance.now() + deadlineMs;
  for (let tries = 0; ; tries += 1) {
    const left = tries === 0 ? deadlineMs : Math.ceil(end - performance.now());
    const result = await attempt(left);
    if (result.ok || tries >= retries) return result;
    const wait = waitAfter(result.failure, idempotencyKey !== undefined, tries);
    if (wait === null || ending.aborted || performance.now() + wait + LEAST_MS > end) return result;
    const stopped = await delay(wait, false, { signal: ending }).catch(() => true);
    if (stopped) return result;
  }
}

/** Milliseconds to wait before the next try; null: there is none. */
function waitAfter({ kind, reason, outcome, retryAfterMs }: Failure, isWrite: boolean, tries: number): number | null {
  if (kind === 'rate_limited') return retryAfterMs ?? null;
  if (kind !== 'retryable' || OWN.has(reason) || (isWrite && outcome !== 'not_done')) return null;
  return FIRST_WAIT_MS * 2 ** tries * (0.8 + 0.4 * Math.random());
}
