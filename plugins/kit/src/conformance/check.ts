import assert from 'node:assert/strict';
import { type AnyPluginError, type FailureKind, isPluginError, toFailure } from '../errors.js';
import type { Call } from '../deps.js';

/** One promise of a contract, checked on a fresh stand. `run` throws an assertion error when it is broken. */
export interface Check<Capabilities, Stand> {
  readonly name: string;
  /** Left out: applies to every plugin of the kind. */
  readonly when?: (capabilities: Capabilities) => boolean;
  run(stand: Stand, capabilities: Capabilities): Promise<void>;
}

/** What the emulated other side does wrong from now on, until `none`. */
export type Fault =
  | 'none'
  /** Answers later than any deadline: only an aborted signal ends the call. */
  | 'slow'
  /** 429 or its like, with a time to wait. */
  | 'rate_limited'
  /** 5xx, refused connections, "try again later". */
  | 'down'
  /** Does a write, then breaks the connection in place of an answer. */
  | 'lose_acknowledgement'
  /** Refuses the credentials. */
  | 'unauthorized';

/** An adapter over an emulator of its vendor with fault switches. Every check gets a fresh one. */
export interface BaseStand<Adapter> {
  readonly adapter: Adapter;
  fault(fault: Fault): Promise<void>;
  stop(): Promise<void>;
}

/** The parts of jest (or vitest, or node:test) that the binding uses. */
export interface TestFramework {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => Promise<void>): void;
}

/** Registers the checks that apply as tests, each on its own stand, which is stopped afterwards. Returns how many. */
export function bindChecks<Capabilities, Stand extends BaseStand<unknown>>(
  title: string,
  checks: readonly Check<Capabilities, Stand>[],
  capabilities: Capabilities,
  start: () => Promise<Stand>,
  framework: TestFramework,
): number {
  const applying = checks.filter((check) => check.when?.(capabilities) ?? true);
  framework.describe(title, () => {
    for (const check of applying) {
      framework.it(check.name, async () => {
        const stand = await start();
        try {
          await check.run(stand, capabilities);
        } finally {
          await stand.stop();
        }
      });
    }
  });
  return applying.length;
}

/** A call with a generous deadline. */
export function call(idempotencyKey?: string): Call {
  return { signal: AbortSignal.timeout(20_000), ...(idempotencyKey === undefined ? {} : { idempotencyKey }) };
}

/** A call whose deadline has passed before it starts. */
export function expiredCall(idempotencyKey?: string): Call {
  return { ...call(idempotencyKey), signal: AbortSignal.abort() };
}

/** Asserts that `promise` fails with a kit error of `kind`, and that nothing of `secrets` shows in it. */
export async function fails<K extends FailureKind>(
  promise: Promise<unknown>,
  kind: K,
  secrets: readonly string[] = [],
): Promise<Extract<AnyPluginError, { kind: K }>> {
  const error = await promise.then(
    () => assert.fail(`expected a failure of kind ${kind}, but the call succeeded`),
    (thrown: unknown) => thrown,
  );
  if (!isPluginError(error)) assert.fail(`expected a kit error of kind ${kind}, but got ${String(error)}`);
  assert.equal(error.kind, kind, `expected ${kind}, but got ${error.kind} (${error.reason})`);
  const shown = `${error.message} ${JSON.stringify(toFailure(error))}`;
  for (const secret of secrets) assert.ok(!shown.includes(secret), `the failure shows "${secret}"`);
  return error as Extract<AnyPluginError, { kind: K }>;
}

/** Asserts that the call is given up soon after its signal is aborted, and reads as a missed deadline or a retry. */
export async function honoursAbort(start: (call: Call) => Promise<unknown>): Promise<void> {
  const controller = new AbortController();
  const running = start({ signal: controller.signal, idempotencyKey: 'abort' });
  const ended = running.then(
    () => 'succeeded',
    (error: unknown) => toFailure(error).kind,
  );
  setTimeout(() => controller.abort(), 50);
  const late = new Promise<string>((resolve) =>
    setTimeout(resolve, 3_000, 'still running 3 s after the abort').unref(),
  );
  assert.equal(await Promise.race([ended, late]), 'retryable');
}

/** Waits at most `withinMs` (and a moment) until `read` gives something else than null. */
export async function eventually<T>(read: () => Promise<T | null>, withinMs: number): Promise<T | null> {
  const attempts = withinMs === 0 ? 1 : 40;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const found = await read();
    if (found !== null) return found;
    if (attempt < attempts) await new Promise((resolve) => setTimeout(resolve, (withinMs * 1.25) / attempts));
  }
  return null;
}
