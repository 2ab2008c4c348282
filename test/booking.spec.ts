import { once } from 'node:events';
import { MongoClient } from 'mongodb';
import { SMTPServer } from 'smtp-server';
import { testEnvironment } from './harness/config.js';
import { AppProcess, cli, freePort } from './harness/processes.js';
import { TestVisitor, type Answer } from './harness/visitor.js';

interface Demo {
  widgetKey: string;
  apiKey: string;
  practiceId: string;
}

/** Asks until the answer fits; the time limit is the test's. */
async function until<T>(ask: () => Promise<T>, fits: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (fits(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('a booking, from the widget to the mailbox', () => {
  const mails: { to: string[]; source: string }[] = [];
  let smtp: SMTPServer;
  let app: AppProcess;
  let env: Record<string, string>;
  let demo: Demo;
  let client: MongoClient;

  const api = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const answer = await fetch(`${app.baseUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${demo.apiKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      body: text ? (JSON.parse(text) as Record<string, unknown>) : {},
    };
  };
  const mailTo = (address: string) => mails.filter(({ to }) => to.includes(address));

  beforeAll(async () => {
    smtp = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      onData(stream, session, done) {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          mails.push({
            to: session.envelope.rcptTo.map(({ address }) => address),
            source: Buffer.concat(chunks).toString(),
          });
          done();
        });
      },
    });
    smtp.listen(0, '127.0.0.1');
    await once(smtp.server, 'listening');
    const { port } = smtp.server.address() as { port: number };
    const own = await freePort();
    env = testEnvironment({ BASE_URL: `http://127.0.0.1:${own}`, SMTP_URL: `smtp://127.0.0.1:${port}` });
    await cli(env, 'migrate');
    demo = await cli<Demo>(env, 'seed-demo');
    app = new AppProcess(env, own);
    await app.start();
    client = await new MongoClient(env['MONGODB_URI'] as string).connect();
  }, 60_000);

  afterAll(async () => {
    await app.end();
    await client.db().dropDatabase();
    await client.close();
    await new Promise<void>((resolve) => smtp.close(() => resolve()));
  });

  const visitor = () => new TestVisitor(app.baseUrl, demo.widgetKey).open();

  it('is booked once, confirmed by mail once, and changed by its link', async () => {
    const patient = await visitor();
    const slots = await patient.slots(await patient.reasonId('Cleaning and check-up'), 31);
    const wanted = slots.at(-1) as { id: string };
    const held = await patient.hold(wanted.id);
    const address = 'grace@example.com';
    const key = { 'idempotency-key': 'one-booking' };
    const who = { firstName: 'Grace', lastName: 'Moore', email: address };
    const first = await patient.book(held.body.id, who, key);
    const again = await patient.book(held.body.id, who, key);
    expect([first.status, again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 201, 'true']);
    expect(again.body).toEqual(first.body);
    const other = await patient.book(held.body.id, { firstName: 'Grace', lastName: 'Other', email: address }, key);
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_mismatch']);

    await until(
      async () => [mailTo(address), mailTo('desk@lakeview.example')],
      (found) => found.every((mail) => mail.length > 0),
    );
    expect(mailTo(address)).toHaveLength(1);
    expect(mailTo('desk@lakeview.example')).toHaveLength(1);
    expect(mailTo(address)[0]?.source).toContain('Your visit at Lakeview Dental Studio');
    expect(mailTo(address)[0]?.source).toContain('visit.ics');

    const token = first.body.manageUrl.split('#')[1] as string;
    const seen = await patient.send('GET', `/v1/widget/visits/${token}`);
    expect(JSON.stringify(seen.body)).not.toMatch(/Grace|Moore|1990|grace@/);
    const confirmed = await patient.send('POST', `/v1/widget/visits/${token}/confirm`);
    expect(confirmed.body).toMatchObject({ status: 'confirmed', confirmed: true });
    const free = (await patient.slots(await patient.reasonId('Cleaning and check-up'), 31))[3] as {
      id: string;
      start: string;
    };
    const later = await patient.send<{ days: { slots: { id: string; start: string }[] }[] }>(
      'GET',
      `/v1/widget/visits/${token}/slots?days=31`,
    );
    const target = later.body.days.flatMap((day) => day.slots).at(-60) as { id: string; start: string };
    expect(free.id).not.toBe(target.id);
    const moved = await patient.send<{ time: { start: string }; status: string }>(
      'POST',
      `/v1/widget/visits/${token}/reschedule`,
      { slotId: target.id },
    );
    expect([moved.status, moved.body.time.start, moved.body.status]).toEqual([200, target.start, 'booked']);
    const back = await patient.slots(await patient.reasonId('Cleaning and check-up'), 31);
    expect(back.some(({ id }) => id === wanted.id)).toBe(true);
    const cancelled = await patient.send('POST', `/v1/widget/visits/${token}/cancel`, { reason: 'patient_request' });
    expect(cancelled.body).toMatchObject({ status: 'cancelled', canCancel: false });
    const twice = await patient.send('POST', `/v1/widget/visits/${token}/cancel`, { reason: 'patient_request' });
    expect([twice.status, twice.body['code']]).toEqual([422, 'policy_refused']);
  });

  it('replays the first answer for the same key and body, and acts once', async () => {
    const patient = await visitor();
    const slots = await patient.slots(await patient.reasonId('Tooth pain'), 31);
    const held = await patient.hold((slots.at(-1) as { id: string }).id);
    const who = { firstName: 'Alan', lastName: 'Finch', dateOfBirth: '1981-06-23', email: 'alan@example.com' };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => patient.book(held.body.id, who, { 'idempotency-key': 'ten-times' })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    const stored = await client.db().collection('appointments').countDocuments({ holdId: held.body.id });
    expect(stored).toBe(1);
  });

  it('keeps no plain word of a patient at rest', async () => {
    const db = client.db();
    const names = (await db.listCollections().toArray()).map(({ name }) => name);
    for (const name of names) {
      const text = JSON.stringify(await db.collection(name).find().toArray());
      expect([name, /Grace|Moore|Finch|grace@|alan@|1981-06-23/.test(text)]).toEqual([name, false]);
    }
  });

  it('refuses a wrong step of the life cycle with the allowed ones', async () => {
    const { body } = await api('GET', '/v1/appointments?status=cancelled');
    const [cancelled] = body['data'] as { id: string }[];
    const refused = await api('POST', `/v1/appointments/${cancelled?.id}/arrive`);
    expect([refused.status, refused.body]).toMatchObject([409, { code: 'wrong_transition', status: 409, allowed: [] }]);
  });

  it.each([
    ['an unknown route', 'GET', '/v1/nothing', undefined, {}, 404, 'not_found'],
    ['broken JSON', 'POST', '/v1/holds', '{"slotId":', {}, 400, 'invalid_json'],
    ['another media type', 'POST', '/v1/holds', 'a=b', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
    ['a body of 5 MB', 'POST', '/v1/holds', `{"slotId":"${'x'.repeat(5_000_000)}"}`, {}, 413, 'body_too_large'],
    ['deep JSON', 'POST', '/v1/holds', `${'{"a":'.repeat(50)}1${'}'.repeat(50)}`, {}, 400, 'invalid_request'],
    ['a $-key', 'POST', '/v1/holds', '{"slotId":{"$gt":""}}', {}, 400, 'invalid_request'],
    ['a prototype key', 'POST', '/v1/holds', '{"__proto__":{"a":1}}', {}, 400, 'invalid_request'],
    ['an unknown field', 'POST', '/v1/holds', '{"slotId":"slt_x","more":1}', {}, 400, 'invalid_request'],
    ['an unknown query parameter', 'GET', '/v1/appointments?colour=red', undefined, {}, 400, 'invalid_request'],
    ['a page of 10,000', 'GET', '/v1/appointments?limit=10000', undefined, {}, 400, 'invalid_request'],
    ['broken percent-encoding', 'GET', '/v1/appointments/%E0%A4%A', undefined, {}, 400, 'invalid_request'],
  ])('answers %s with a problem', async (_what, method, path, body, headers, status, code) => {
    const answer = await fetch(`${app.baseUrl}${path}`, {
      method: method as string,
      headers: {
        authorization: `Bearer ${demo.apiKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(headers as object),
      },
      body: (body as string | undefined) ?? null,
    });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      status,
      'application/problem+json; charset=utf-8',
    ]);
    expect(await answer.json()).toMatchObject({ status, code, requestId: answer.headers.get('x-request-id') });
  });

  it('answers broken UTF-8 and NUL with a problem', async () => {
    for (const bytes of [
      Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
      Buffer.from('{"slotId":"a\\u0000b"}'),
    ]) {
      const answer = await fetch(`${app.baseUrl}/v1/holds`, {
        method: 'POST',
        headers: { authorization: `Bearer ${demo.apiKey}`, 'content-type': 'application/json' },
        body: bytes,
      });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        400,
        'application/problem+json; charset=utf-8',
      ]);
    }
  });
});
