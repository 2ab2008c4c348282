import { type Outcome, type PluginError, Rejected, Retryable } from '../errors.js';

/** Codes of what went wrong before a byte of the request was on its way, and how we call it. */
const BEFORE_SENDING: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection_refused',
  ENOTFOUND: 'host_not_found',
  EAI_AGAIN: 'host_not_found',
  EHOSTUNREACH: 'host_unreachable',
  ENETUNREACH: 'host_unreachable',
  UND_ERR_CONNECT_TIMEOUT: 'connect_timeout',
};
const CERTIFICATE = /^(CERT_|ERR_TLS_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

/** The kit's error for a request or an answer that did not get through. Messages of the engine are not kept. */
export function failureOfTransport(error: unknown): PluginError {
  const causes = chainOf(error);
  if (causes.some(({ name }) => name === 'TimeoutError')) return new Retryable('timeout');
  if (causes.some(({ message }) => message === 'unexpected redirect')) return new Rejected('unexpected_redirect');
  const codes = causes.flatMap(({ code }) => (typeof code === 'string' ? code : []));
  const failed = (reason: string, outcome: Outcome) => new Retryable(reason, { outcome });
  const early = codes.find((code) => code in BEFORE_SENDING);
  if (early !== undefined) return failed(BEFORE_SENDING[early]!, 'not_done');
  if (codes.some((code) => CERTIFICATE.test(code))) return failed('certificate_refused', 'not_done');
  return failed('connection_broken', 'unknown');
}

interface Cause {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
}

/** An error and its causes, told by their fields: they may come from another realm. */
function chainOf(error: unknown): Cause[] {
  const chain: Cause[] = [];
  for (let link = error; typeof link === 'object' && link !== null && chain.length < 5;) {
    const cause: Cause = link;
    chain.push(cause);
    link = cause.cause;
  }
  return chain;
}
