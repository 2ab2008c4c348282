import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type EmailMessage, Rejected } from '@openchair/plugin-kit';
import {
  call,
  CONFORMANCE_COUNTS,
  type Delivered,
  describeNotificationConformance,
  fails,
  type Fault,
  type NotificationStand,
  testDeps,
} from '@openchair/plugin-kit/conformance';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import plugin from './index.js';

const NOW = Date.UTC(2027, 2, 8, 15);
const CREDENTIALS = { user: 'office', password: 'correct horse' };
const deps = () => testDeps({ now: NOW });

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

interface Sink {
  readonly port: number;
  readonly raw: Buffer[];
  fault: Fault;
  stop(): Promise<void>;
}

/** A real SMTP server whose behaviour tests can spoil. */
async function startSink(options: SMTPServerOptions = {}): Promise<Sink> {
  const held: (() => void)[] = [];
  const sink = { raw: [] as Buffer[], fault: 'none' as Fault };
  const server = new SMTPServer({
    logger: false,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    authOptional: true,
    onConnect(_session, done) {
      if (sink.fault === 'slow') held.push(() => done());
      else if (sink.fault === 'down') done(refusal(421, 'closing for maintenance'));
      else done();
    },
    onAuth({ username, password }, _session, done) {
      const right = username === CREDENTIALS.user && password === CREDENTIALS.password;
      if (right && sink.fault !== 'unauthorized') done(null, { user: username });
      else done(refusal(535, `user ${username} is unknown`));
    },
    onRcptTo({ address }, _session, done) {
      if (address.startsWith('nobody@')) done(refusal(550, `no mailbox for ${address}`));
      else if (sink.fault === 'rate_limited') done(refusal(450, '4.7.1 too many messages, slow down'));
      else done();
    },
    onData(stream, session, done) {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        sink.raw.push(Buffer.concat(parts));
        if (sink.fault !== 'lose_acknowledgement') return done();
        for (const connection of server.connections as unknown as Set<{ id: string; _socket: { destroy(): void } }>) {
          if (connection.id === session.id) connection._socket.destroy();
        }
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return Object.assign(sink, {
    port: (server.server.address() as AddressInfo).port,
    stop: async () => {
      for (const release of held) release();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}

const configOf = (port: number) => ({
  host: '127.0.0.1',
  port,
  security: 'none',
  ...CREDENTIALS,
  fromAddress: 'visits@practice.example.com',
});

function message(messageId: string, overrides: Partial<EmailMessage> = {}): EmailMessage {
  return {
    messageId,
    from: { name: 'Lakeside Dental', address: 'visits@practice.example.com' },
    to: { name: 'Pat Quill', address: 'pat.quill@example.com' },
    subject: 'Your visit is booked – see you soon',
    text: 'Tuesday at 9:00 with Dr. Okafor.\n.\nA line with a dot alone is above.',
    html: '<p>Tuesday at 9:00 with Dr. Okafor.</p>',
    ...overrides,
  };
}

async function read(raw: Buffer): Promise<Delivered> {
  const mail = await simpleParser(raw);
  const to = Array.isArray(mail.to) ? mail.to : mail.to ? [mail.to] : [];
  return {
    messageId: mail.messageId ?? '',
    to: to.flatMap((list) => list.value.map(({ address }) => address)).join(','),
    headers: [...mail.headers.keys()],
    text: (mail.text ?? '').trim(),
  };
}

async function startStand(): Promise<NotificationStand<EmailMessage>> {
  const sink = await startSink();
  return {
    adapter: plugin.create(configOf(sink.port), deps()),
    message,
    refused: (messageId) => message(messageId, { to: { address: 'nobody@example.com' } }),
    fault: async (fault) => void (sink.fault = fault),
    delivered: () => Promise.all(sink.raw.map(read)),
    stop: () => sink.stop(),
  };
}

const checks = describeNotificationConformance(plugin, startStand, { describe, it });

describe('mail over SMTP', () => {
  let sink: Sink;
  beforeAll(async () => void (sink = await startSink()));
  afterAll(() => sink.stop());

  it('meets the promises of an e-mail plugin', () => {
    // Two of the suite belong to plugins that deduplicate or can be asked afterwards.
    expect(checks).toBe(CONFORMANCE_COUNTS.notification - 2);
  });

  it('carries both bodies, the calendar file, the name and the reply address', async () => {
    const adapter = plugin.create(configOf(sink.port), deps());
    const ics = 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n';
    const accepted = await adapter.send(
      call(),
      message('apt_1.booked', {
        from: { name: 'Lakeside Dental', address: 'office@lakeside.example.com' },
        attachments: [{ filename: 'visit.ics', contentType: 'text/calendar; method=PUBLISH', content: ics }],
      }),
    );
    expect(accepted).toEqual({ providerMessageId: '<apt_1.booked@practice.example.com>', acceptedAt: NOW });
    const mail = await simpleParser(sink.raw.at(-1)!);
    expect(mail.messageId).toBe(accepted.providerMessageId);
    expect(mail.from?.text).toBe('"Lakeside Dental" <visits@practice.example.com>');
    expect(mail.replyTo?.text).toBe('"Lakeside Dental" <office@lakeside.example.com>');
    expect(mail.subject).toBe('Your visit is booked – see you soon');
    expect(mail.html).toContain('<p>Tuesday at 9:00');
    expect(mail.attachments.map(({ filename, contentType }) => [filename, contentType])).toEqual([
      ['visit.ics', 'text/calendar'],
    ]);
    expect(mail.attachments[0]!.content.toString()).toBe(ics);
    expect(mail.headers.get('auto-submitted')).toBe('auto-generated');
  });

  it('connects to the address that was checked and looks no name up', async () => {
    const config = { ...configOf(sink.port), host: 'mail.example.invalid' };
    const asked: unknown[] = [];
    const resolve = async (...where: unknown[]) => {
      asked.push(where);
      return '127.0.0.1';
    };
    const before = sink.raw.length;
    await plugin.create(config, testDeps({ now: NOW, overrides: { resolve } })).send(call(), message('pinned'));
    expect([sink.raw.length - before, asked]).toEqual([1, [['mail.example.invalid', sink.port]]]);
    const refuse = () => Promise.reject(new Rejected('address_refused'));
    const adapter = plugin.create(config, testDeps({ now: NOW, overrides: { resolve: refuse } }));
    expect((await fails(adapter.send(call(), message('private')), 'rejected')).reason).toBe('address_refused');
    expect((await fails(adapter.verify(call()), 'rejected')).reason).toBe('address_refused');
  });

  it('never falls back to clear text: a server without STARTTLS gets no message', async () => {
    const before = sink.raw.length;
    const adapter = plugin.create({ ...configOf(sink.port), security: 'starttls' }, deps());
    await fails(adapter.send(call(), message('clear')), 'retryable', ['pat.quill@example.com']);
    expect(sink.raw).toHaveLength(before);
  });

  it('does not trust a certificate that nobody vouches for', async () => {
    const secured = await startSink({ disabledCommands: [] });
    const adapter = plugin.create({ ...configOf(secured.port), security: 'starttls' }, deps());
    const { reason, outcome } = await fails(adapter.verify(call()), 'retryable');
    expect([reason, outcome]).toEqual(['smtp_tls_failed', 'not_done']);
    await secured.stop();
  });

  it('says that nothing was sent when nobody listens', async () => {
    const gone = await startSink();
    await gone.stop();
    const adapter = plugin.create(configOf(gone.port), deps());
    const failure = await fails(adapter.send(call(), message('refused')), 'retryable');
    expect([failure.reason, failure.outcome]).toEqual(['smtp_unreachable', 'not_done']);
  });

  it('describes its configuration in a schema that takes the good and refuses the unknown', () => {
    const validate = addFormats(new Ajv2020({ strict: true })).compile(plugin.configSchema);
    expect(validate(configOf(587))).toBe(true);
    expect(validate({ ...configOf(587), pool: true })).toBe(false);
    expect(validate({ host: 'mail.example.com', port: 587 })).toBe(false);
  });
});
