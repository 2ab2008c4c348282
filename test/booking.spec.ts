import { Redis } from 'ioredis';
import { DemoPlatform } from './harness/demo.js';
import { InboxProcess } from './harness/inbox.js';
import { until } from './harness/until.js';

describe('a booking, from the widget to the mailbox', () => {
  let inbox: InboxProcess;
  let demo: DemoPlatform;

  beforeAll(async () => {
    inbox = await InboxProcess.start();
    demo = await DemoPlatform.start({ env: { ...inbox.env, LOG_LEVEL: 'trace' } });
  }, 60_000);

  afterAll(async () => {
    await demo.stop();
    await inbox.stop();
  });

  const visitor = () => demo.visitor();

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

    const [mail, ...others] = await until(
      () => inbox.messages(address),
      (found) => found.length > 0,
    );
    expect([mail?.deliveries, others]).toEqual([1, []]);
    expect(mail?.subject).toContain('Your visit at Lakeview Dental Studio');
    expect(mail?.attachments.map(({ filename }) => filename)).toEqual(['visit.ics']);
    const notified = await until(
      () => inbox.messages('desk@lakeview.example'),
      (found) => found.length > 0,
    );
    expect(notified).toHaveLength(1);

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
    const stored = await demo.db.collection('appointments').countDocuments({ holdId: held.body.id });
    expect(stored).toBe(1);
  });

  it('keeps no plain word of a patient in the database, in Redis, in logs or in metrics', async () => {
    const places = new Map([
      ['the log', demo.app.output],
      ['the metrics', await (await fetch(`${demo.app.baseUrl}/metrics`)).text()],
      ['Redis', await everythingInRedis(demo.env)],
    ]);
    for (const { name } of await demo.db.listCollections().toArray())
      places.set(name, JSON.stringify(await demo.db.collection(name).find().toArray()));
    // The log is there to look into: it tells of the very requests.
    expect(places.get('the log')).toContain('/v1/widget/bookings');
    expect(places.get('Redis')).not.toBe('');
    const leaking = [...places].filter(([, text]) => /Grace|Moore|Finch|grace@|alan@|1981-06-23/.test(text));
    expect(leaking.map(([place]) => place)).toEqual([]);
  });

  it('refuses a wrong step of the life cycle with the allowed ones', async () => {
    const { body } = await demo.api('GET', '/v1/appointments?status=cancelled');
    const [cancelled] = body['data'] as { id: string }[];
    const refused = await demo.api('POST', `/v1/appointments/${cancelled?.id}/arrive`);
    expect([refused.status, refused.body]).toMatchObject([
      409,
      { code: 'wrong_transition', appointmentStatus: 'cancelled', allowed: [] },
    ]);
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
    const answer = await demo.api(method as string, path as string, body, headers as Record<string, string>);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      status,
      'application/problem+json; charset=utf-8',
    ]);
    expect(answer.body).toMatchObject({ status, code, requestId: answer.headers.get('x-request-id') });
  });

  it('answers broken UTF-8 and NUL with a problem', async () => {
    for (const bytes of [
      Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
      Buffer.from('{"slotId":"a\\u0000b"}'),
    ]) {
      const answer = await fetch(`${demo.app.baseUrl}/v1/holds`, {
        method: 'POST',
        headers: { authorization: `Bearer ${demo.keys.apiKey}`, 'content-type': 'application/json' },
        body: bytes,
      });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        400,
        'application/problem+json; charset=utf-8',
      ]);
    }
  });
});

/** Keys and values of the application's part of Redis. */
async function everythingInRedis(env: Record<string, string>): Promise<string> {
  const redis = new Redis(env['REDIS_URL'] as string);
  try {
    const keys = await redis.keys(`*${env['REDIS_PREFIX']}*`);
    const dumps = await Promise.all(keys.map((key) => redis.dumpBuffer(key)));
    return [...keys, ...dumps.map((dump) => dump?.toString('latin1') ?? '')].join('\n');
  } finally {
    redis.disconnect();
  }
}
