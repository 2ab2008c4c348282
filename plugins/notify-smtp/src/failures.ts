import { isPluginError, RateLimited, Rejected, Retryable, Unauthorized } from '@openchair/plugin-kit';
import type { NodemailerError } from 'nodemailer';

/** SMTP gives no time to wait: a minute is what large providers ask for in their documentation. */
const RATE_LIMIT_MS = 60_000;
const RATE_WORDS = /\b4\.7\.\d|rate|too many|throttl|slow down|quota/i;
const LOGIN_CODES = new Set([530, 534, 535, 538]);
const LOGIN_ERRORS = new Set(['EAUTH', 'ENOAUTH', 'EOAUTH2']);
/** Node's codes for a certificate that does not hold, and OpenSSL's for a handshake that fails. */
const BAD_CERTIFICATE = /CERT|SELF_SIGNED|^ERR_TLS|^ERR_SSL/;
/** Failures before a connection stands: nothing can have been sent. */
const BEFORE_SENDING = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN']);

/**
 * The kit's error for what the mailer threw. The original is left behind: servers repeat addresses in their replies,
 * and an error's cause ends up in logs.
 */
export function failureOf(error: unknown, signal: AbortSignal): Error {
  if (isPluginError(error)) return error;
  if (signal.aborted) return new Retryable('deadline_exceeded');
  const { code = '', originalCode = '', responseCode, response = '' } = error as NodemailerError;
  if (code === 'ETLS' || BAD_CERTIFICATE.test(originalCode || code)) {
    return new Retryable('smtp_tls_failed', { outcome: 'not_done' });
  }
  if (responseCode !== undefined) return failureOfReply(responseCode, response);
  if (LOGIN_ERRORS.has(code)) return new Unauthorized('smtp_login_refused');
  if (code === 'EENVELOPE') return new Rejected('bad_address');
  if (code === 'EDNS' || BEFORE_SENDING.has(originalCode) || BEFORE_SENDING.has(code)) {
    return new Retryable('smtp_unreachable', { outcome: 'not_done' });
  }
  return new Retryable('smtp_connection_lost');
}

/** RFC 5321: 4yz may work later, 5yz never; 503 speaks of the session, not of the message. */
function failureOfReply(replyCode: number, reply: string): Error {
  if (LOGIN_CODES.has(replyCode)) return new Unauthorized('smtp_login_refused');
  if (replyCode >= 500 && replyCode !== 503) return new Rejected(`smtp_${replyCode}`);
  if (replyCode >= 400 && replyCode < 500 && RATE_WORDS.test(reply)) {
    return new RateLimited(RATE_LIMIT_MS, `smtp_${replyCode}`);
  }
  return new Retryable(`smtp_${replyCode}`, { outcome: 'not_done' });
}
