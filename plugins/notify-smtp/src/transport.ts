import { once } from 'node:events';
import { isIP } from 'node:net';
import type { PluginDeps } from '@openchair/plugin-kit';
import { createTransport, type SendMailOptions } from 'nodemailer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SmtpConfig } from './config.js';

const OPENING_MS = 10_000;
const SILENCE_MS = 30_000;
const CLOSING_MS = 1_000;

type Resolve = PluginDeps['resolve'];

/**
 * Options of every connection. One message, one connection: none is left open between two of them. The mailer gets the
 * address that was checked and looks nothing up; TLS is held against the server's name.
 */
async function optionsOf({ host, port, security }: SmtpConfig, resolve: Resolve) {
  const tls = isIP(host) ? {} : { tls: { servername: host } };
  return {
    host: await resolve(host, port),
    port,
    ...tls,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    connectionTimeout: OPENING_MS,
    greetingTimeout: OPENING_MS,
    dnsTimeout: OPENING_MS,
    socketTimeout: SILENCE_MS,
    socketCloseTimeout: CLOSING_MS,
  };
}

function authOf({ user, password }: SmtpConfig) {
  return user === undefined || user === '' ? undefined : { user, pass: password ?? '' };
}

/** Sends one message on a connection of its own, which an aborted signal closes. Throws the mailer's errors. */
export async function deliver(
  config: SmtpConfig,
  resolve: Resolve,
  mail: SendMailOptions,
  signal: AbortSignal,
): Promise<void> {
  const auth = authOf(config);
  const transport = createTransport({
    ...(await optionsOf(config, resolve)),
    ...(auth ? { auth, forceAuth: true } : {}),
  });
  await transport.sendMail({ ...mail, signal });
}

/** Connects, logs in and leaves. Throws the mailer's errors. */
export async function knock(config: SmtpConfig, resolve: Resolve, signal: AbortSignal): Promise<void> {
  const connection = new SMTPConnection(await optionsOf(config, resolve));
  const auth = authOf(config);
  const failed = once(connection, 'error', { signal }).then(([error]) => Promise.reject(error as Error));
  const ended = once(connection, 'end', { signal }).then(() => Promise.reject(new Error('the server hung up')));
  const entered = new Promise<void>((resolve, reject) => {
    const settle = (error?: Error | null) => (error ? reject(error) : resolve());
    connection.connect((error) => (error || !auth ? settle(error) : connection.login(auth, settle)));
  });
  try {
    await Promise.race([entered, failed, ended]);
  } finally {
    for (const late of [failed, ended, entered]) late.catch(() => undefined);
    connection.close();
  }
}
