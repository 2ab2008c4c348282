import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage as Request, type ServerResponse as Response } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import type { StoredMessage } from './message.ts';
import type { Running } from './smtp.ts';
import type { MessageStore } from './store.ts';

const MAX_SMS_BYTES = 16_384;
const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-src 'self'; img-src 'self' data:";
/** An e-mail may show itself and open links in new tabs: no script, no form, nothing loaded from elsewhere. */
const MAIL_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups allow-popups-to-escape-sandbox";

const FILES: Record<string, [file: string, type: string]> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/inbox.css': ['inbox.css', 'text/css; charset=utf-8'],
  '/inbox.js': ['inbox.js', 'text/javascript; charset=utf-8'],
};

class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

interface Answer {
  readonly status?: number;
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: Record<string, string>;
}

const json = (value: unknown, status = 200): Answer => ({
  status,
  type: 'application/json; charset=utf-8',
  body: JSON.stringify(value),
});

/** Serves the inbox page and its API on loopback. Port 0 picks a free one. */
export async function startHttp(store: MessageStore, port: number): Promise<Running> {
  const server = createServer((request, response) => {
    answerTo(store, request)
      .catch((error: unknown) => {
        if (error instanceof HttpError) return json({ error: error.message }, error.status);
        return json({ error: 'the inbox failed; see its folder and start it again' }, 500);
      })
      .then((answer) => send(response, answer))
      .catch(() => response.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function send(response: Response, { status = 200, type, body, headers = {} }: Answer): void {
  response.writeHead(status, {
    'Content-Type': type,
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    ...headers,
  });
  response.end(body);
}

async function answerTo(store: MessageStore, request: Request): Promise<Answer> {
  // Only names of this machine, so that a web page elsewhere cannot reach the inbox under a name of its own.
  if (!/^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(request.headers.host ?? '')) {
    throw new HttpError(403, 'open the inbox as http://localhost');
  }
  const url = new URL(request.url ?? '/', 'http://localhost');
  const route = `${request.method} ${url.pathname}`;
  const file = request.method === 'GET' ? FILES[url.pathname] : undefined;
  if (file) {
    const body = await readFile(join(import.meta.dirname, 'web', file[0]));
    return { type: file[1], body, headers: { 'Content-Security-Policy': PAGE_POLICY } };
  }
  if (route === 'GET /api/messages') return json({ data: store.list(filterOf(url)).map(summaryOf) });
  if (route === 'POST /api/sms') return keepSms(store, request);
  if (route === 'DELETE /api/messages') {
    await store.clear();
    return json({ data: [] });
  }
  const one = /^GET \/api\/messages\/(m\d{9})(?:\/(raw|html|attachments)(?:\/(\d{1,3}))?)?$/.exec(route);
  const message = one?.[1] === undefined ? undefined : store.get(one[1]);
  if (!message) throw new HttpError(404, 'there is no such message or path');
  return part(store, message, one?.[2], Number(one?.[3] ?? 0));
}

async function part(
  store: MessageStore,
  message: StoredMessage,
  name: string | undefined,
  index: number,
): Promise<Answer> {
  if (name === undefined) return json(message);
  if (name === 'html') {
    if (message.html === undefined) throw new HttpError(404, 'this message has no HTML');
    const body = `<base target="_blank"><style>body { margin: 0 }</style>${message.html}`;
    return { type: 'text/html; charset=utf-8', body, headers: { 'Content-Security-Policy': MAIL_POLICY } };
  }
  const raw = await store.raw(message.id);
  if (!raw) throw new HttpError(404, 'a text message has no raw form');
  if (name === 'raw') return { type: 'text/plain; charset=utf-8', body: raw };
  const attachment = (await simpleParser(raw)).attachments[index];
  if (!attachment) throw new HttpError(404, 'there is no such attachment');
  const filename = encodeURIComponent(attachment.filename ?? `attachment-${index + 1}`);
  return {
    type: 'application/octet-stream',
    body: attachment.content,
    headers: { 'Content-Disposition': `attachment; filename*=UTF-8''${filename}` },
  };
}

function filterOf({ searchParams }: URL) {
  const filter: { to?: string; after?: string; messageId?: string } = {};
  for (const name of ['to', 'after', 'messageId'] as const) {
    const value = searchParams.get(name);
    if (value !== null && value !== '') filter[name] = value;
  }
  return filter;
}

function summaryOf({ html, ...message }: StoredMessage) {
  return { ...message, hasHtml: html !== undefined };
}

/** `{messageId, to, text, from?}` → 201 with the stored message. */
async function keepSms(store: MessageStore, request: Request): Promise<Answer> {
  if (!(request.headers['content-type'] ?? '').startsWith('application/json')) {
    throw new HttpError(415, 'send application/json');
  }
  const { messageId, to, text, from = '' } = await readJson(request);
  for (const [name, value] of Object.entries({ messageId, to, text, from })) {
    if (typeof value !== 'string') throw new HttpError(400, `"${name}" must be a text`);
  }
  if (!/^\+[1-9]\d{6,14}$/.test(String(to))) throw new HttpError(400, '"to" must be an E.164 number');
  if (messageId === '' || text === '') throw new HttpError(400, '"messageId" and "text" must not be empty');
  const message = await store.add({
    kind: 'sms',
    messageId: String(messageId),
    from: { name: '', address: String(from) },
    to: [String(to)],
    subject: '',
    text: String(text),
    attachments: [],
  });
  return json(message, 201);
}

async function readJson(request: Request): Promise<Record<string, unknown>> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MAX_SMS_BYTES) throw new HttpError(413, 'a text message is at most 16 kB');
    parts.push(chunk as Buffer);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Falls through to the same answer.
  }
  throw new HttpError(400, 'the body must be a JSON object');
}
