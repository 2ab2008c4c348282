/* eslint-disable @typescript-eslint/no-floating-promises -- node:test keeps the promises of describe and it itself */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { type Inbox, type InboxOptions, startInbox } from './inbox.ts';
import type { StoredMessage } from './message.ts';

describe('the inbox', () => {
  let folder: string;
  let inbox: Inbox;
  let clock = Date.UTC(2027, 2, 8, 15);

  const open = (options: Partial<InboxOptions> = {}) =>
    startInbox({ smtpPort: 0, httpPort: 0, dataDirectory: folder, now: () => (clock += 1_000), ...options });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'openchair-inbox-'));
    inbox = await open();
  });
  after(async () => {
    await inbox.stop();
    await rm(folder, { recursive: true });
  });
  beforeEach(() => fetch(`${inbox.url}/api/messages`, { method: 'DELETE' }));

  const mail = (overrides: SendMailOptions = {}) =>
    createTransport({ host: '127.0.0.1', port: inbox.smtpPort, ignoreTLS: true }).sendMail({
      messageId: '<apt_1.booked@practice.example.com>',
      from: '"Lakeside Dental" <visits@practice.example.com>',
      to: 'pat.quill@example.com',
      subject: 'Your visit is booked',
      text: 'See you on Tuesday.',
      html: '<p>See you on <b>Tuesday</b>.</p><script>alert(1)</script>',
      attachments: [{ filename: 'visit.ics', contentType: 'text/calendar', content: 'BEGIN:VCALENDAR' }],
      ...overrides,
    });
  const sms = (body: unknown, headers: Record<string, string> = { 'Content-Type': 'application/json' }) =>
    fetch(`${inbox.url}/api/sms`, { method: 'POST', headers, body: JSON.stringify(body) });
  const list = async (query = ''): Promise<StoredMessage[]> => {
    const answer = await fetch(`${inbox.url}/api/messages${query}`);
    return ((await answer.json()) as { data: StoredMessage[] }).data;
  };

  it('keeps an e-mail with its bodies, its file and its raw form', async () => {
    await mail();
    const [summary] = await list();
    assert.equal(summary!.messageId, 'apt_1.booked@practice.example.com');
    assert.deepEqual(summary!.from, { name: 'Lakeside Dental', address: 'visits@practice.example.com' });
    assert.deepEqual(
      [summary!.to, summary!.subject, summary!.deliveries],
      [['pat.quill@example.com'], 'Your visit is booked', 1],
    );
    const path = `${inbox.url}/api/messages/${summary!.id}`;
    const message = (await (await fetch(path)).json()) as StoredMessage;
    assert.match(message.html!, /<b>Tuesday<\/b>/);
    assert.deepEqual(message.attachments, [{ filename: 'visit.ics', contentType: 'text/calendar', size: 15 }]);
    assert.equal(await (await fetch(`${path}/attachments/0`)).text(), 'BEGIN:VCALENDAR');
    assert.match(await (await fetch(`${path}/raw`)).text(), /^Subject: Your visit is booked/m);
    const html = await fetch(`${path}/html`);
    assert.match(html.headers.get('content-security-policy')!, /default-src 'none'.*sandbox/);
  });

  it('shows the same Message-ID once and counts its deliveries, also at the same time', async () => {
    await Promise.all([mail(), mail(), mail()]);
    await mail({ to: 'somebody.else@example.com' });
    const found = await list();
    assert.deepEqual(
      found.map(({ to, deliveries }) => [to[0], deliveries]),
      [
        ['somebody.else@example.com', 1],
        ['pat.quill@example.com', 3],
      ],
    );
  });

  it('keeps text messages, finds them by number, by id and by what came after', async () => {
    const first = (await (await sms({ messageId: 's1', to: '+12025550147', text: 'One' })).json()) as StoredMessage;
    assert.equal((await sms({ messageId: 's2', to: '+12025550199', text: 'Two', from: '+12025550100' })).status, 201);
    assert.equal((await sms({ messageId: 's2', to: '+12025550199', text: 'Two' })).status, 201);
    const ids = async (query: string) =>
      (await list(query)).map(({ messageId, deliveries }) => [messageId, deliveries]);
    assert.deepEqual(await ids('?to=0147'), [['s1', 1]]);
    assert.deepEqual(await ids('?messageId=s2'), [['s2', 2]]);
    assert.deepEqual(await ids(`?after=${first.id}`), [['s2', 2]]);
    assert.deepEqual(await ids('?to=nobody'), []);
  });

  it('refuses what it cannot keep, and says what to do', async () => {
    assert.equal((await sms({ messageId: 's', to: '555', text: 'x' })).status, 400);
    assert.equal((await sms({ messageId: 's', to: '+12025550147' })).status, 400);
    assert.equal((await sms({ messageId: 's', to: '+12025550147', text: 'x'.repeat(20_000) })).status, 413);
    assert.equal((await sms({ messageId: 's' }, { 'Content-Type': 'text/plain' })).status, 415);
    assert.equal((await fetch(`${inbox.url}/api/messages/m000000999`)).status, 404);
    assert.equal((await fetch(`${inbox.url}/../../package.json`)).status, 404);
    await assert.rejects(mail({ text: 'x'.repeat(5_100_000) }), { responseCode: 552 });
    assert.deepEqual(await list(), []);
  });

  it('answers only under names of this machine', async () => {
    const status = await new Promise((resolve, reject) => {
      const headers = { host: 'evil.example.com' };
      const asked = request({ port: inbox.httpPort, host: '127.0.0.1', path: '/api/messages', headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      asked.on('error', reject).end();
    });
    assert.equal(status, 403);
  });

  it('serves a page that loads nothing from elsewhere', async () => {
    const page = await fetch(inbox.url);
    assert.match(page.headers.get('content-security-policy')!, /default-src 'none'/);
    for (const path of ['', '/inbox.css', '/inbox.js']) {
      const answer = await fetch(`${inbox.url}${path}`);
      assert.equal(answer.status, 200);
      assert.doesNotMatch((await answer.text()).replaceAll(/https\?:/g, ''), /https?:\/\//);
    }
  });

  it('drops the oldest beyond its bound, and keeps the rest over a restart', async () => {
    await inbox.stop();
    inbox = await open({ kept: 3 });
    for (let n = 1; n <= 5; n += 1) await mail({ messageId: `<bound-${n}@example.com>` });
    await inbox.stop();
    inbox = await open({ kept: 3 });
    const found = await list();
    assert.deepEqual(
      found.map(({ messageId }) => messageId),
      ['bound-5@example.com', 'bound-4@example.com', 'bound-3@example.com'],
    );
    assert.equal((await readdir(folder)).length, 6);
    await mail({ messageId: '<bound-6@example.com>' });
    assert.ok((await list())[0]!.id > found[0]!.id, 'ids go on rising');
  });

  it('refuses to start on a port that is taken and leaves nothing running', async () => {
    await assert.rejects(open({ httpPort: inbox.httpPort }), { code: 'EADDRINUSE' });
    await assert.rejects(open({ smtpPort: inbox.smtpPort }), { code: 'EADDRINUSE' });
  });
});
