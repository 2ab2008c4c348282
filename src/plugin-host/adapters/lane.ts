import { toFailure, type Failure } from '@openchair/plugin-kit';
import {
  bulkhead,
  BulkheadRejectedError,
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleAll,
} from 'cockatiel';

/** How one connection is kept from harming the others. */
export interface LaneRules {
  /** Failures in a row that open the breaker. */
  failuresToOpen: number;
  /** How long it stays open before one call may try again, in milliseconds. */
  halfOpenAfterMs: number;
  /** Calls of one connection at once, and those that may wait for a turn. */
  concurrency: number;
  queue: number;
}

/** Injection token of the rules; tests shorten them. */
export const LANE_RULES = Symbol('LaneRules');

export const STANDARD_RULES: LaneRules = { failuresToOpen: 5, halfOpenAfterMs: 10_000, concurrency: 4, queue: 64 };

export type CallResult<T = unknown> = { ok: true; value: T } | { ok: false; failure: Failure; error?: unknown };

/**
 * The way to one connection: a bulkhead and a breaker of its own. Only failures that say the other side is down count for the
 * breaker; one that answers with a refusal lives.
 */
export class Lane {
  private readonly bulkhead;
  private readonly breaker;

  constructor({ failuresToOpen, halfOpenAfterMs, concurrency, queue }: LaneRules) {
    this.bulkhead = bulkhead(concurrency, queue);
    this.breaker = circuitBreaker(handleAll, {
      halfOpenAfter: halfOpenAfterMs,
      breaker: new ConsecutiveBreaker(failuresToOpen),
    });
  }

  get open(): boolean {
    return this.breaker.state === CircuitState.Open;
  }

  get disturbed(): boolean {
    return this.breaker.state !== CircuitState.Closed;
  }

  /**
   * Runs `work` and waits for it no longer than `signal` allows, also when it ignores the signal. `past` the breaker it runs
   * whatever that says; `beside` it, only while all is well, and a failure does not count. Never throws. What did not begin
   * is `outcome: 'not_done'`.
   */
  async run(
    signal: AbortSignal,
    work: () => Promise<unknown>,
    breaker: 'through' | 'past' | 'beside' = 'through',
  ): Promise<CallResult> {
    if (breaker === 'beside' && this.disturbed) return notDone('circuit_open');
    let begun = false;
    const attempt = async (): Promise<CallResult> => {
      begun = true;
      try {
        return { ok: true, value: await within(signal, work()) };
      } catch (error) {
        const failure = toFailure(error);
        if (failure.kind === 'retryable' && failure.outcome !== 'accepted') throw error;
        return { ok: false, failure };
      }
    };
    const turn = this.bulkhead.execute(() => {
      signal.throwIfAborted();
      return breaker === 'through' ? this.breaker.execute(attempt) : attempt();
    });
    try {
      return await Promise.race([turn, expired(signal, () => !begun)]);
    } catch (error) {
      if (error instanceof BrokenCircuitError) return notDone('circuit_open');
      if (error instanceof BulkheadRejectedError) return notDone('too_many_calls');
      return begun ? { ok: false, failure: toFailure(error), error } : notDone('deadline_exceeded');
    } finally {
      turn.catch(() => undefined);
    }
  }
}

function notDone(reason: string): CallResult {
  return { ok: false, failure: { kind: 'retryable', reason, outcome: 'not_done' } };
}

/** The result of `work`, or the signal's reason when that comes first. */
export function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** Rejects when the signal is aborted while `waiting` holds; stays silent otherwise, and ends with the signal. */
function expired(signal: AbortSignal, waiting: () => boolean): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = () => waiting() && reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
