import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type AddressObject, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import type { IncomingMessage } from './message.ts';
import type { MessageStore } from './store.ts';

/** Largest e-mail, in bytes. */
export const MAX_EMAIL_BYTES = 5_000_000;

/** A running server: where it listens, and how to stop it. */
export interface Running {
  readonly port: number;
  stop(): Promise<void>;
}

/** Takes every e-mail from this machine, with any login or none, and sends nothing on. Port 0 picks a free one. */
export async function startSmtp(store: MessageStore, port: number): Promise<Running> {
  const server = new SMTPServer({
    logger: false,
    banner: 'OpenChair inbox',
    size: MAX_EMAIL_BYTES,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    allowInsecureAuth: true,
    authOptional: true,
    onAuth: ({ username }, _session, done) => done(null, { user: username ?? 'anybody' }),
    onData(stream, session, done) {
      const parts: Buffer[] = [];
      let size = 0;
      stream.on('data', (part: Buffer) => {
        size += part.length;
        if (size <= MAX_EMAIL_BYTES) parts.push(part);
      });
      stream.on('end', () => {
        if (size > MAX_EMAIL_BYTES) return done(Object.assign(new Error('message too large'), { responseCode: 552 }));
        const raw = Buffer.concat(parts);
        const to = session.envelope.rcptTo.map(({ address }) => address);
        parse(raw, to)
          .then((message) => store.add(message, raw))
          .then(({ id }) => done(null, `kept as ${id}`))
          .catch(() => done(Object.assign(new Error('could not keep the message'), { responseCode: 451 })));
      });
    },
  });
  // A client that breaks off is its own affair.
  server.on('error', () => undefined);
  server.listen(port, '127.0.0.1');
  await Promise.race([
    once(server.server, 'listening'),
    once(server.server, 'error').then(([error]) => Promise.reject(error)),
  ]);
  return {
    port: (server.server.address() as AddressInfo).port,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function parse(raw: Buffer, to: string[]): Promise<IncomingMessage> {
  const mail = await simpleParser(raw);
  const [from] = mail.from?.value ?? [];
  const replyTo = firstAddress(mail.replyTo);
  return {
    kind: 'email',
    messageId: (mail.messageId ?? '').replace(/^<|>$/g, ''),
    from: { name: from?.name ?? '', address: from?.address ?? '' },
    to,
    ...(replyTo === undefined ? {} : { replyTo }),
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    ...(mail.html ? { html: mail.html } : {}),
    attachments: mail.attachments.map(({ filename, contentType, size }, index) => ({
      filename: filename ?? `attachment-${index + 1}`,
      contentType,
      size,
    })),
  };
}

function firstAddress(field: AddressObject | AddressObject[] | undefined): string | undefined {
  const [first] = Array.isArray(field) ? field : field ? [field] : [];
  return first?.value[0]?.address;
}
