/**
 * What an adapter may throw. The host retries, opens the breaker or asks a person by `kind`, never by message.
 * A `reason` is a short code for people and dashboards (`smtp_550`, `slot_taken`). It never holds anything a
 * vendor or a patient wrote, so that it may be logged and stored without protection.
 */
export type FailureKind = 'retryable' | 'rate_limited' | 'rejected' | 'conflict' | 'unauthorized' | 'not_found';

/** A time the other side would accept in place of the one it refused. Instants in epoch milliseconds. */
export interface Alternative {
  readonly start: number;
  readonly end: number;
  readonly providerForeignId: string;
  readonly operatoryForeignId?: string;
}

/**
 * What is known about a write that failed: it surely did not happen, nobody can say, or the other side has taken it and will do
 * it later. `accepted` is no sign that the other side is down.
 */
export type Outcome = 'not_done' | 'unknown' | 'accepted';

// A registered symbol, because a plugin installed from elsewhere may carry its own copy of this package.
const BRAND = Symbol.for('openchair.plugin-error');
const REASON = /^[a-z][a-z0-9_]{0,59}$/;

/** Base of every error below. */
export abstract class PluginError extends Error {
  abstract readonly kind: FailureKind;
  readonly reason: string;

  /**
   * @param reason lower-case code of at most 60 characters; anything else is replaced by `unspecified`.
   * @param options.cause ends up in logs: leave it out when its message may hold what a vendor or a patient wrote.
   */
  constructor(reason: string, options?: { cause?: unknown }) {
    super(reason, options);
    this.name = new.target.name;
    this.reason = REASON.test(reason) ? reason : 'unspecified';
    this.message = this.reason;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** The other side is down, slow or confused: the same call may work later. */
export class Retryable extends PluginError {
  readonly kind = 'retryable';
  readonly outcome: Outcome;

  /** @param options.outcome `not_done` only when the request surely had no effect, `accepted` when the write is under way; default `unknown`. */
  constructor(reason: string, options: { cause?: unknown; outcome?: Outcome } = {}) {
    super(reason, options);
    this.outcome = options.outcome ?? 'unknown';
  }
}

/** The other side asks for patience. Nothing was done. */
export class RateLimited extends PluginError {
  readonly kind = 'rate_limited';

  /** @param retryAfterMs how long to wait, in milliseconds. */
  constructor(
    readonly retryAfterMs: number,
    reason = 'rate_limited',
    options?: { cause?: unknown },
  ) {
    super(reason, options);
  }
}

/** The request is understood and refused for good: repeating it is useless. */
export class Rejected extends PluginError {
  readonly kind = 'rejected';
}

/** The time is taken, or the record changed meanwhile. */
export class Conflict extends PluginError {
  readonly kind = 'conflict';

  /** @param alternatives free times near the wanted one, best first; may be empty. */
  constructor(
    readonly alternatives: readonly Alternative[] = [],
    reason = 'slot_taken',
    options?: { cause?: unknown },
  ) {
    super(reason, options);
  }
}

/** The credentials of the connection do not work. A person has to mend them. */
export class Unauthorized extends PluginError {
  readonly kind = 'unauthorized';

  constructor(reason = 'unauthorized', options?: { cause?: unknown }) {
    super(reason, options);
  }
}

/** The record named by a foreign id does not exist (any more). */
export class NotFound extends PluginError {
  readonly kind = 'not_found';

  constructor(reason = 'not_found', options?: { cause?: unknown }) {
    super(reason, options);
  }
}

/** Any of the error classes, for `switch (error.kind)`. */
export type AnyPluginError = Retryable | RateLimited | Rejected | Conflict | Unauthorized | NotFound;

/** Whether `error` is one of the classes above, also when it comes from another copy of this package. */
export function isPluginError(error: unknown): error is AnyPluginError {
  return typeof error === 'object' && error !== null && (error as Record<symbol, unknown>)[BRAND] === true;
}

/** A failure as plain data: safe to store, log and show. */
export interface Failure {
  readonly kind: FailureKind;
  readonly reason: string;
  readonly retryAfterMs?: number;
  readonly alternatives?: readonly Alternative[];
  /** Only for `retryable`: whether the write may have happened, or will. */
  readonly outcome?: Outcome;
}

/**
 * Turns whatever an adapter threw into plain data without its message, which may hold PHI. An aborted call is
 * `retryable: deadline_exceeded`; a foreign error is `retryable: unexpected_error`. Both leave the outcome unknown.
 */
export function toFailure(error: unknown): Failure {
  if (!isPluginError(error)) {
    const name = (error as { name?: unknown } | null | undefined)?.name;
    const reason = name === 'AbortError' || name === 'TimeoutError' ? 'deadline_exceeded' : 'unexpected_error';
    return { kind: 'retryable', reason, outcome: 'unknown' };
  }
  switch (error.kind) {
    case 'retryable':
      return { kind: error.kind, reason: error.reason, outcome: error.outcome };
    case 'rate_limited':
      return { kind: error.kind, reason: error.reason, retryAfterMs: error.retryAfterMs };
    case 'conflict':
      return { kind: error.kind, reason: error.reason, alternatives: error.alternatives };
    case 'rejected':
    case 'unauthorized':
    case 'not_found':
      return { kind: error.kind, reason: error.reason };
  }
}
