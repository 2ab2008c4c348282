import type { PluginStore } from './store.js';

/** First argument of every adapter method. */
export interface Call {
  /** Aborted at the host's deadline or when it shuts down: stop, release sockets, throw. */
  readonly signal: AbortSignal;
  /** Key of ours for a write. The same key again means the same write: do it at most once. */
  readonly idempotencyKey?: string;
}

/** Fields of a log line: ids, counts, codes. Never PHI, never credentials. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** The host's log, already bound to the connection. */
export interface PluginLog {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** The zone of the practice, from the host's bundled tz data. Use it in place of `Date` and `Intl`. */
export interface PluginZone {
  /** IANA name, for example `America/Chicago`. */
  readonly name: string;
  /**
   * Wall time `YYYY-MM-DDTHH:mm` to epoch milliseconds. A time that a spring change skips is moved forward by the
   * gap; one that happens twice means the first. Throws a RangeError on another format.
   */
  toInstant(localDateTime: string): number;
  /** Epoch milliseconds to wall time `YYYY-MM-DDTHH:mm`; seconds are cut off. */
  toLocal(instantMs: number): string;
}

/** What the host hands to `create`: everything an adapter may touch of the outside. */
export interface PluginDeps {
  /** Id of the connection; part of keys and references towards the vendor. */
  readonly connectionId: string;
  readonly clock: { now(): number };
  readonly log: PluginLog;
  readonly zone: PluginZone;
  /** Refuses private addresses (checked at connect time) and follows no redirect. Use it for every HTTP call. */
  readonly fetch: typeof fetch;
  /**
   * For what does not speak HTTP: an address of the host that may be reached. Connect to it and to no other, and give the
   * host's name to TLS (`servername`) alone: a name that is looked up again may have become a private address.
   */
  readonly resolve: (host: string, port: number) => Promise<string>;
  readonly store: PluginStore;
}
