import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  createOpenChair,
  ifMatch,
  OpenChairConnectionError,
  OpenChairError,
  paginate,
  type OpenChair,
  type OpenChairOptions,
  type ProblemCode,
  type SlotView,
} from '@openchair/sdk';
import { Consumer } from './harness/consumer.js';
import { CuttingProxy, type Fault, type Seen } from './harness/cutting-proxy.js';
import { DemoPlatform } from './harness/demo.js';
import { ROOT } from './harness/processes.js';
import { until } from './harness/until.js';
import { somebody } from './harness/visitor.js';

describe('the TypeScript SDK', () => {
  let demo: DemoPlatform;
  let proxy: CuttingProxy;
  let openChair: OpenChair;
  let reasonId: string;
  let free: SlotView[];

  beforeAll(async () => {
    demo = await DemoPlatform.start();
    proxy = await CuttingProxy.start(demo.app.baseUrl);
    openChair = client();
    const reasons = await openChair.listReasons();
    reasonId = reasons.data.find(({ name }) => name === 'Tooth pain')?.id as string;
    const { days } = await openChair.getAvailability({ query: { reasonId, days: 14 } });
    // Far enough apart that none takes the time of another.
    free = days.flatMap(({ slots }) => slots).filter((_, place) => place % 12 === 0);
  }, 120_000);

  afterAll(async () => {
    await proxy?.stop();
    await demo?.stop();
  });

  beforeEach(() => void proxy.seen.splice(0));
  afterEach(() => expect(proxy.faults.splice(0)).toEqual([]));

  function client(options: Partial<OpenChairOptions> = {}): OpenChair {
    return createOpenChair({ baseUrl: `${proxy.baseUrl}/`, apiKey: demo.keys.apiKey, ...options } as OpenChairOptions);
  }

  const nextSlot = () => free.shift()?.id as string;
  const newPatient = async () => (await openChair.createPatient({ body: somebody() })).id;
  const bookingsOf = async (patientId: string) => (await openChair.listAppointments({ query: { patientId } })).data;
  const seenAt = (path: string): Seen[] => proxy.seen.filter((one) => one.path === path);
  const post = (path: string, ...hows: Fault['how'][]) =>
    proxy.faults.push(...hows.map((how) => ({ method: 'POST', path, how })));
  const refusal = (call: Promise<unknown>) =>
    call.then(
      () => Promise.reject(new Error('it was not refused')),
      (error: unknown) => error as OpenChairError,
    );

  it('walks over a list page by page, and asks for no page too many', async () => {
    const made = [];
    for (const place of [1, 2, 3, 4, 5]) {
      made.push(await openChair.createReferrer({ body: { label: `Page ${place}`, order: place } }));
    }
    const all = [];
    for await (const one of paginate((page) => openChair.listReferrers({ query: { limit: 2, ...page } })))
      all.push(one.id);
    expect(all).toEqual(expect.arrayContaining(made.map(({ id }) => id)));
    expect(new Set(all).size).toBe(all.length);
    const pages = () => proxy.seen.filter(({ method, path }) => method === 'GET' && path === '/v1/referrers').length;
    expect(pages()).toBe(Math.ceil(all.length / 2));

    for await (const _ of paginate((page) => openChair.listReferrers({ query: { limit: 2, ...page } }))) break;
    expect(pages()).toBe(Math.ceil(all.length / 2) + 1);
  });

  it.each<[string, Fault['how'][]]>([
    ['lost', ['cut']],
    ['lost twice, once in its middle', ['half', 'cut']],
    ['late', ['hang']],
    ["a proxy's", [{ status: 502 }, { status: 503, headers: { 'retry-after': '0' } }]],
  ])('books once when the answer is %s', async (_, hows) => {
    const patientId = await newPatient();
    post('/v1/appointments', ...hows);
    const booked = await client({ timeoutMs: 2_000 }).bookAppointment({
      body: { slotId: nextSlot(), patientId, patientType: 'returning' },
    });
    expect((await bookingsOf(patientId)).map(({ id }) => id)).toEqual([booked.id]);

    const attempts = seenAt('/v1/appointments').filter(({ method }) => method === 'POST');
    expect(attempts).toHaveLength(hows.length + 1);
    expect(new Set(attempts.map(({ key }) => key)).size).toBe(1);
    expect(attempts[0]?.key).toMatch(/^[0-9a-f]{32}$/);
    const answered = attempts.filter(({ status }) => status !== undefined);
    expect(answered.map(({ replayed }) => replayed)).toEqual(answered.map((_, place) => place > 0));
  });

  it('keeps a key that the caller gives, and gives two calls two keys', async () => {
    const body = { label: 'A sign' };
    const headers = { 'Idempotency-Key': 'mine' };
    const [first, second] = [
      await openChair.createReferrer({ body, headers }),
      await openChair.createReferrer({ body, headers }),
    ];
    expect(second.id).toBe(first.id);
    const other = await openChair.createReferrer({ body: { label: 'Another' } });
    const another = await openChair.createReferrer({ body: { label: 'And another' } });
    expect(other.id).not.toBe(another.id);
  });

  it('repeats nothing that could act twice, unless it was refused for its rate', async () => {
    const { id } = await openChair.createReferrer({ body: { label: 'Bench' } });
    const path = `/v1/referrers/${id}`;
    proxy.faults.push({ method: 'PATCH', path, how: 'cut' });
    const lost = await refusal(openChair.updateReferrer({ path: { id }, body: { label: 'Park bench' } }));
    expect(lost).toBeInstanceOf(OpenChairConnectionError);
    expect(lost.message).toMatch(`PATCH ${path} got no answer`);
    expect(seenAt(path).map(({ status }) => status)).toEqual([200]);

    const appointment = await openChair.bookAppointment({
      body: { slotId: nextSlot(), patientId: await newPatient(), patientType: 'returning' },
    });
    const cancel = `/v1/appointments/${appointment.id}/cancel`;
    const call = { path: { appointmentId: appointment.id }, body: { reason: 'other' as const } };
    post(cancel, { status: 503, headers: { 'retry-after': '0' } });
    expect(await refusal(openChair.cancelAppointment(call))).toBeInstanceOf(OpenChairConnectionError);
    post(cancel, { status: 429, headers: { 'retry-after': '0' } });
    expect((await openChair.cancelAppointment(call)).status).toBe('cancelled');
    expect(seenAt(cancel).map(({ status }) => status)).toEqual([undefined, undefined, 200]);
  });

  it('gives up: after its attempts, when it would wait too long, and when the caller aborts', async () => {
    const path = '/v1/referrers';
    const label = 'Never';
    post(path, { status: 503 }, { status: 503 });
    expect(await refusal(client({ retries: 1 }).createReferrer({ body: { label } }))).toBeInstanceOf(
      OpenChairConnectionError,
    );
    expect(seenAt(path)).toHaveLength(2);

    post(path, { status: 503, headers: { 'retry-after': '31' } });
    await refusal(openChair.createReferrer({ body: { label } }));
    expect(seenAt(path)).toHaveLength(3);

    post(path, { status: 503, headers: { 'retry-after': '20' } });
    const abort = new AbortController();
    const call = refusal(
      client({
        fetch: async (request) => {
          const answer = await fetch(request);
          abort.abort(new Error('the tab was closed'));
          return answer;
        },
      }).createReferrer({ body: { label }, signal: abort.signal }),
    );
    expect((await call).message).toBe('the tab was closed');
    expect(seenAt(path)).toHaveLength(4);
    expect((await openChair.listReferrers({ query: { limit: 100 } })).data.map((one) => one.label)).not.toContain(
      label,
    );
  });

  it('keeps to its time limit, and to its caller’s signal, while memory is collected', async () => {
    const path = '/v1/referrers';
    setFlagsFromString('--expose-gc');
    const collecting = setInterval(runInNewContext('gc') as () => void, 20);
    try {
      post(path, 'hang', 'hang');
      const late = await refusal(client({ retries: 0, timeoutMs: 500 }).createReferrer({ body: { label: 'Late' } }));
      expect(late).toBeInstanceOf(OpenChairConnectionError);
      const abort = new AbortController();
      const call = refusal(openChair.createReferrer({ body: { label: 'Closed' }, signal: abort.signal }));
      await until(
        () => Promise.resolve(seenAt(path)[1]?.status),
        (status) => status !== undefined,
      );
      abort.abort(new Error('the tab was closed'));
      expect((await call).message).toBe('the tab was closed');
    } finally {
      clearInterval(collecting);
    }
  });

  it('types what the API refuses by its code', async () => {
    const slotId = nextSlot();
    const body = { slotId, patientId: await newPatient(), patientType: 'returning' as const };
    const booked = await openChair.bookAppointment({ body });
    const taken = await refusal(openChair.bookAppointment({ body }));
    if (!OpenChairError.is(taken, 'slot_taken')) throw taken;
    expect(taken).toMatchObject({ name: 'OpenChairError', status: 409, code: 'slot_taken' });
    expect(taken.requestId).toBe(taken.problem.requestId);
    const alternatives: SlotView[] = taken.problem.alternatives;
    expect(alternatives.length).toBeGreaterThan(0);

    const path = { appointmentId: booked.id };
    const wrong = await refusal(openChair.completeAppointment({ path }));
    if (!OpenChairError.is(wrong, 'wrong_transition')) throw wrong;
    expect(wrong.problem.allowed).toContain('cancel');
    expect(OpenChairError.is(wrong, 'slot_taken')).toBe(false);

    const changed = await openChair.confirmAppointment({ path, headers: ifMatch(booked) });
    const code = async (call: Promise<unknown>): Promise<ProblemCode> => (await refusal(call)).code;
    expect(await code(openChair.arriveAppointment({ path, headers: ifMatch(booked) }))).toBe('version_mismatch');
    expect((await openChair.arriveAppointment({ path, headers: ifMatch(changed) })).status).toBe('arrived');

    const invalid = await refusal(openChair.createReferrer({ body: { label: '' } }));
    expect(invalid.problem.errors?.map(({ pointer }) => pointer)).toEqual(['/label']);
    const { id } = await openChair.createReferrer({ body: { label: 'Gone' } });
    await openChair.deleteReferrer({ path: { id } });
    expect(await code(openChair.getReferrer({ path: { id } }))).toBe('not_found');
  });

  it('tells a credential only to the operations of its kind', async () => {
    const seen: (string | null)[] = [];
    const spying = client({
      apiKey: undefined,
      widgetToken: () => Promise.resolve('a-widget-token'),
      fetch: (request) => {
        seen.push(request.headers.get('authorization'));
        return fetch(request);
      },
    } as Partial<OpenChairOptions>);
    expect((await refusal(spying.listPatients())).code).toBe('unauthenticated');
    expect((await refusal(spying.logIn({ body: { email: 'a@example.com', password: 'not the password' } }))).code).toBe(
      'unauthenticated',
    );
    expect((await refusal(spying.listWidgetReasons({ query: { patientType: 'new' } }))).code).toBe('unauthenticated');
    expect(seen).toEqual([null, null, 'Bearer a-widget-token']);
    const other = await refusal(client({ practiceId: 'prc_01JBZ3V8Q4N5M6P7R8S9T0V1W2' }).listReasons());
    expect(['forbidden', 'not_found']).toContain(other.code);
  });

  it("books as a visitor of a practice's site, over a bad line", async () => {
    const { token } = await createOpenChair({ baseUrl: proxy.baseUrl }).createWidgetSession({
      body: { key: demo.keys.widgetKey },
    });
    const visitor = createOpenChair({ baseUrl: proxy.baseUrl, widgetToken: token });
    const offered = await visitor.listWidgetReasons({ query: { patientType: 'new' } });
    const wanted = offered.data.find(({ name }) => name === 'New patient exam and X-rays');
    const slots = await visitor.getWidgetSlots({ query: { reasonId: wanted?.id as string } });
    post('/v1/widget/holds', 'cut');
    const hold = await visitor.createWidgetHold({ body: { slotId: slots.nextAvailable?.id as string } });
    post('/v1/widget/bookings', 'cut');
    const booking = await visitor.createWidgetBooking({
      body: { holdId: hold.id, patientType: 'new', patient: somebody(), consent: { treatment: true } },
    });
    expect(booking.appointment).toMatchObject({ status: 'booked', time: { start: hold.time.start } });

    const linkToken = new URL(booking.manageUrl).hash.slice(1);
    const anybody = createOpenChair({ baseUrl: proxy.baseUrl });
    expect((await anybody.getWidgetVisit({ path: { linkToken } })).id).toBe(booking.appointment.id);
    expect((await anybody.confirmWidgetVisit({ path: { linkToken } })).confirmed).toBe(true);
    const inBook = await openChair.getAppointment({ path: { appointmentId: booking.appointment.id } });
    expect(inBook).toMatchObject({ channel: 'widget', reasonId: wanted?.id });
  });

  describe('for a consumer of its own', () => {
    let consumer: Consumer;
    beforeAll(async () => void (consumer = await Consumer.create({ '@openchair/sdk': 'openapi/sdk' })));
    afterAll(() => consumer?.remove());

    it('has types and code for ESM and for CommonJS, and its README runs', async () => {
      const readme = readFileSync(join(ROOT, 'openapi', 'sdk', 'README.md'), 'utf8');
      const blocks = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block]) => block as string);
      expect(blocks).toHaveLength(5);
      await consumer.write('readme.mts', blocks.join('\n'));
      await consumer.write(
        'plain.cts',
        `import sdk = require('@openchair/sdk');
         const openChair = sdk.createOpenChair({ baseUrl: process.env['OPENCHAIR_URL'] ?? '', apiKey: 'oc_test_wrong' });
         openChair.listProviders().then(
           () => process.exit(1),
           (error: unknown) => console.log(sdk.OpenChairError.is(error, 'unauthenticated')),
         );`,
      );
      await consumer.write(
        'wrong.mts',
        `import { createOpenChair, OpenChairError } from '@openchair/sdk';
         const openChair = createOpenChair({ baseUrl: '', apiKey: 'a' });
         void openChair.listAppointments({ query: { statuses: 'booked' } });
         void openChair.bookAppointment({ body: { slotId: 'a', patientType: 'returning' } });
         void OpenChairError.is(0, 'slot_take');
         void createOpenChair({ baseUrl: '', apiKey: 'a', widgetToken: 'b' });`,
      );
      // Only what the API has not is refused.
      expect(await consumer.compile()).toEqual([3, 4, 5, 6].map((line) => `wrong.mts:${line}`));

      const env = {
        OPENCHAIR_URL: demo.app.baseUrl,
        OPENCHAIR_API_KEY: demo.keys.apiKey,
        OPENCHAIR_WIDGET_KEY: demo.keys.widgetKey,
      };
      expect(await consumer.run('plain.cjs', env)).toBe('true\n');
      const lines = (await consumer.run('readme.mjs', env)).trim().split('\n');
      expect(lines.at(-2)).toBe('booked');
      expect(lines.at(-1)).toMatch(/^booked http/);
    }, 60_000);
  });
});
