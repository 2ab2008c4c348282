import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SmsMessage } from '@openchair/plugin-kit';
import {
  call,
  CONFORMANCE_COUNTS,
  describeNotificationConformance,
  fails,
  type Fault,
  type NotificationStand,
  testDeps,
} from '@openchair/plugin-kit/conformance';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import plugin from './index.js';

const deps = () => testDeps({ now: Date.UTC(2027, 2, 8, 15) });
const message = (messageId: string): SmsMessage => ({
  messageId,
  to: '+12025550147',
  text: 'Your visit is on Tuesday at 9:00. Reply STOP to opt out.',
});

let inbox: ChildProcess;
let inboxUrl: string;
let folder: string;

/** The real inbox, as `npm start` runs it. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openchair-inbox-'));
  const main = join(__dirname, '../../../tools/inbox/src/main.ts');
  inbox = spawn(process.execPath, [main, '--smtp-port', '0', '--http-port', '0', '--data', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(inbox.stdout!, 'data')) as [Buffer];
  inboxUrl = (JSON.parse(line.toString()) as { url: string }).url;
});

afterAll(async () => {
  const gone = once(inbox, 'exit');
  inbox.kill('SIGTERM');
  expect(await gone).toEqual([0, null]);
  await rm(folder, { recursive: true });
});

/** A door before the inbox that can be spoiled. */
async function startDoor() {
  const door = { fault: 'none' as Fault };
  const refuse = (response: ServerResponse, status: number, headers = {}) =>
    response.writeHead(status, headers).end('{"error":"refused"}');
  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    if (door.fault === 'slow') return;
    if (door.fault === 'rate_limited') return refuse(response, 429, { 'Retry-After': '7' });
    if (door.fault === 'down') return refuse(response, 503);
    if (door.fault === 'unauthorized') return refuse(response, 401);
    const answer = await fetch(`${inboxUrl}${request.url}`, {
      method: request.method!,
      headers: { 'Content-Type': request.headers['content-type'] ?? 'text/plain' },
      ...(request.method === 'GET' ? {} : { body: Buffer.concat(parts) }),
    });
    const body = await answer.text();
    if (door.fault === 'lose_acknowledgement') return response.destroy();
    return response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(body);
  };
  const server = createServer((request, response) => void pass(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(door, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  });
}

async function kept(): Promise<{ messageId: string; to: string[]; text: string; deliveries: number }[]> {
  const answer = await fetch(`${inboxUrl}/api/messages`);
  return ((await answer.json()) as { data: Awaited<ReturnType<typeof kept>> }).data;
}

async function startStand(): Promise<NotificationStand<SmsMessage>> {
  await fetch(`${inboxUrl}/api/messages`, { method: 'DELETE' });
  const door = await startDoor();
  return {
    adapter: plugin.create({ inboxUrl: door.url }, deps()),
    message,
    refused: (messageId) => ({ ...message(messageId), to: '+1' }),
    fault: async (fault) => void (door.fault = fault),
    delivered: async () =>
      (await kept()).map(({ messageId, to, text }) => ({ messageId, to: to.join(), headers: [], text })),
    stop: () => door.stop(),
  };
}

const checks = describeNotificationConformance(plugin, startStand, { describe, it });

describe('text messages to the inbox', () => {
  it('meet the promises of a text message plugin', () => {
    // Two of the suite belong to e-mail, and to plugins that do not deduplicate.
    expect(checks).toBe(CONFORMANCE_COUNTS.notification - 2);
  });

  it('are counted when they come twice, and wait as long as the inbox asks', async () => {
    const stand = await startStand();
    await stand.adapter.send(call(), message('msg-twice'));
    await stand.adapter.send(call(), message('msg-twice'));
    expect((await kept()).map(({ deliveries }) => deliveries)).toEqual([2]);
    await stand.fault('rate_limited');
    expect((await fails(stand.adapter.send(call(), message('msg-late')), 'rate_limited')).retryAfterMs).toBe(7_000);
    await stand.stop();
  });

  it('have a configuration schema that takes the good and refuses the unknown', () => {
    const validate = addFormats(new Ajv2020({ strict: true })).compile(plugin.configSchema);
    expect(validate({ inboxUrl: 'http://127.0.0.1:8025' })).toBe(true);
    expect(validate({ inboxUrl: 'file:///etc/passwd' })).toBe(false);
    expect(validate({ inboxUrl: 'http://127.0.0.1:8025', token: 'x' })).toBe(false);
  });
});
