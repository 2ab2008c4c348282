import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Retryable, toFailure, type Call, type InboundEvent, type InboundRequest } from '@openchair/plugin-kit';
import { Histogram } from 'prom-client';
import { LOG, type Log } from '../../config/index.js';
import type { TenantScope } from '../../kernel/index.js';
import { missingFrom } from '../connections/connection-config.js';
import { ConnectionReader } from '../connections/connection-reader.js';
import type { Connection } from '../connections/connection.schema.js';
import { ConnectionStates, type Finding } from '../connections/connection-states.js';
import { checkedAddress } from '../outbound/checked-address.js';
import { OutboundGuard } from '../outbound/outbound-guard.js';
import { PluginRegistry, probeOf, type Installed } from '../registry/plugin-registry.js';
import { within, type CallResult } from './lane.js';
import { Lanes, type Opened } from './lanes.js';
import { withRetries } from './retries.js';

export interface CallOptions {
  /** How long the caller waits, in milliseconds, waiting for a turn included. */
  deadlineMs: number;
  /** Key of ours for a write (law 5). */
  idempotencyKey?: string;
  /**
   * How often to try again within the deadline. By class of error: what asks for patience is tried after the time that it
   * names; what failed is tried again when it is a read, or a write that surely did not happen; everything else is an answer.
   */
  retries?: number;
  /** Whether an answer has the shape that it should have. Another one is a failure of the other side: `unexpected_answer`. */
  accepts?: (value: unknown) => boolean;
  /**
   * A read that the connection can do without: what fails of it says nothing of the other side's health. It is not made while
   * the breaker is open.
   */
  secondary?: boolean;
}

interface Way {
  inactiveToo?: boolean;
  pastBreaker?: boolean;
}

const TEST_MS = 15_000;
const VERIFY_MS = 5_000;

const seconds = new Histogram({
  name: 'openchair_plugin_call_seconds',
  help: 'Duration of calls to plugins, waiting for a turn included',
  labelNames: ['plugin', 'method', 'outcome'],
  buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60],
});

/** The only way to an adapter. Never call it inside a transaction (law 5). */
@Injectable()
export class Plugins implements BeforeApplicationShutdown {
  private readonly ending = new AbortController();

  constructor(
    private readonly connections: ConnectionReader,
    private readonly registry: PluginRegistry,
    private readonly states: ConnectionStates,
    private readonly lanes: Lanes,
    private readonly guard: OutboundGuard,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /**
   * Calls `method` of a connection's adapter as `adapter[method](call, ...args)`. What the adapter throws comes back as a failure,
   * with `outcome: 'not_done'` when the call surely never left. Beside the adapter's own reasons: `deadline_exceeded`,
   * `circuit_open`, `too_many_calls` (retryable); `plugin_missing`, `connection_inactive`, `connection_incomplete`, `not_supported`, `address_refused`
   * (rejected). Throws `not_found` when the practice has no such connection.
   */
  async call<T = unknown>(
    scope: TenantScope,
    connectionId: string,
    method: string,
    args: readonly unknown[],
    options: CallOptions,
  ): Promise<CallResult<T>> {
    const connection = await this.connections.get(scope, connectionId);
    return (await this.run(scope, connection, method, args, options)) as CallResult<T>;
  }

  /** Probes a connection on a person's wish: also an inactive one, whatever its breaker says, and its state says what was found. */
  async test(scope: TenantScope, connectionId: string): Promise<CallResult> {
    const connection = await this.connections.get(scope, connectionId);
    const way = { inactiveToo: true, pastBreaker: true };
    const result = await this.run(scope, connection, probeOf(connection.kind), [], { deadlineMs: TEST_MS }, way);
    if (result.ok) await this.states.note(scope, connection, { status: 'up', reason: null }, true);
    else {
      const { kind, reason } = result.failure;
      const status = kind === 'unauthorized' ? 'unauthorized' : 'down';
      await this.states.note(scope, connection, { status, reason }, true);
    }
    return result;
  }

  /** What a vendor's webhook means. Null when the plugin takes none. Throws the kit's errors, `bad_signature` among them. */
  async verifyInbound(
    scope: TenantScope,
    connection: Connection,
    request: InboundRequest,
  ): Promise<readonly InboundEvent<string>[] | null> {
    const installed = this.registry.find(connection.pluginId);
    if (!installed?.plugin.capabilities.webhooks) return null;
    const { adapter } = await this.lanes.of(scope, connection, installed);
    if (!adapter['verifyInbound']) return null;
    const events = within(AbortSignal.timeout(VERIFY_MS), adapter['verifyInbound'](request));
    return (await events) as readonly InboundEvent<string>[];
  }

  /** Open calls are told to stop while the process drains. */
  beforeApplicationShutdown(): void {
    this.ending.abort();
  }

  private async run(
    scope: TenantScope,
    connection: Connection,
    method: string,
    args: readonly unknown[],
    options: CallOptions,
    way: Way = {},
  ): Promise<CallResult> {
    const installed = this.registry.find(connection.pluginId);
    if (!installed) return refused('plugin_missing');
    if (!connection.active && !way.inactiveToo) return refused('connection_inactive');
    if (lacksSomething(installed, connection)) return refused('connection_incomplete');
    const end = seconds.startTimer({ plugin: connection.pluginId, method });
    const result = await withRetries(options, this.ending.signal, (deadlineMs) =>
      this.attempt(scope, connection, installed, method, args, { ...options, deadlineMs }, way),
    );
    end({ outcome: result.ok ? 'ok' : result.failure.kind });
    if (!result.ok) this.tell(connection, method, result);
    return result.ok ? result : { ok: false, failure: result.failure };
  }

  private async attempt(
    scope: TenantScope,
    connection: Connection,
    installed: Installed,
    method: string,
    args: readonly unknown[],
    { deadlineMs, idempotencyKey, accepts, secondary }: CallOptions,
    { pastBreaker }: Way,
  ): Promise<CallResult> {
    const signal = AbortSignal.any([AbortSignal.timeout(deadlineMs), this.ending.signal]);
    let opened: Opened;
    try {
      opened = await this.lanes.of(scope, connection, installed);
    } catch (error) {
      return { ok: false, failure: toFailure(error), error };
    }
    const { lane, adapter } = opened;
    if (!adapter[method]) return refused('not_supported');
    const call: Call = { signal, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) };
    const work = async () => {
      await this.assertHost(connection);
      const value = await adapter[method]?.(call, ...args);
      if (accepts && !accepts(value)) throw new Retryable('unexpected_answer');
      return value;
    };
    const result = await lane.run(signal, work, pastBreaker ? 'past' : secondary ? 'beside' : 'through');
    if (pastBreaker && result.ok && lane.disturbed) this.lanes.drop(connection._id);
    const finding = findingOf(result, lane.open);
    if (finding && !pastBreaker && !secondary) await this.states.note(scope, connection, finding);
    return result;
  }

  /** What does not speak HTTP connects by itself: a host that may not be reached is refused before the call. */
  private async assertHost({ config: { host, port } }: Connection): Promise<void> {
    if (typeof host === 'string') await checkedAddress(this.guard)(host, Number(port ?? 0));
  }

  private tell({ _id, pluginId }: Connection, method: string, { failure, error }: CallResult & { ok: false }): void {
    const unexpected = failure.reason === 'unexpected_error' ? { err: error } : {};
    const line = { connectionId: _id, plugin: pluginId, method, kind: failure.kind, reason: failure.reason };
    this.log.warn({ ...line, ...unexpected }, 'a call to a plugin failed');
  }
}

function lacksSomething(installed: Installed, connection: Connection): boolean {
  const { inherits } = connection;
  return inherits != null && missingFrom(installed, connection, inherits.perPractice).length > 0;
}

function refused(reason: string): CallResult {
  return { ok: false, failure: { kind: 'rejected', reason } };
}

/** What a call says of the other side; undefined when it says nothing. One lost call is no outage: the breaker decides. */
function findingOf(result: CallResult, breakerOpen: boolean): Finding | undefined {
  if (result.ok) return { status: 'up', reason: null };
  const { kind, reason } = result.failure;
  if (kind === 'unauthorized') return { status: 'unauthorized', reason };
  if (kind === 'retryable' && breakerOpen && reason !== 'circuit_open') return { status: 'down', reason };
  return undefined;
}
