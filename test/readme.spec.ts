import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MongoClient } from 'mongodb';
import { Checkout } from './harness/checkout.js';
import { ownDatabase } from './harness/config.js';
import { freePort, ROOT } from './harness/processes.js';
import { until } from './harness/until.js';

const UP = /OpenChair is up\./;

/** Every command block of the README, in its order. */
const blocks = [...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/^```sh\n(.*?)^```$/gms)].map(
  ([, block]) => block as string,
);

describe('the README', () => {
  const [start, suite, tour, ...others] = blocks;
  let checkout: Checkout;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    checkout = await Checkout.create();
    env = { ...process.env, PORT: String(await freePort()), MONGODB_URI: ownDatabase(), NODE_OPTIONS: '' };
  }, 60_000);

  afterAll(async () => {
    await checkout?.remove();
    const client = await new MongoClient(env['MONGODB_URI'] as string).connect();
    await client.db().dropDatabase();
    await client.close();
  });

  it('names the two commands, and has one block more', () => {
    // `npm test` is what runs this.
    expect([start, suite, others]).toEqual(['npm start\n', 'npm test\n', []]);
  });

  it('shows every operation of the API', async () => {
    await promisify(execFile)(process.execPath, [join(ROOT, 'tools', 'run', 'api-map.mjs'), '--check']);
  });

  it('leads from npm start through the tour to a booked visit and its mail, and Ctrl-C ends it all', async () => {
    const running = await checkout.start(start as string, env, UP);
    const demo = JSON.parse(readFileSync(join(checkout.folder, '.data', 'demo.json'), 'utf8')) as Record<
      string,
      string
    >;
    expect(Object.keys(demo).sort()).toEqual(
      ['apiKey', 'baseUrl', 'bookingUrl', 'docsUrl', 'inboxUrl', 'widgetKey'].sort(),
    );
    for (const url of ['bookingUrl', 'docsUrl', 'inboxUrl'])
      expect((await fetch(demo[url] as string)).status).toBe(200);

    const printed = await checkout.run(tour as string, env);
    const booked = JSON.parse(printed.trim().split('\n').at(-1) as string) as { appointment: { status: string } };
    expect(booked.appointment.status).toBe('booked');
    const mails = async () => {
      const answer = await fetch(`${demo['inboxUrl']}/api/messages?to=ada@example.com`);
      return ((await answer.json()) as { data: { subject: string }[] }).data;
    };
    const [mail] = await until(mails, (found) => found.length > 0);
    expect(mail?.subject).toMatch(/^Your visit at Lakeview Dental Studio/);

    expect(await running.interrupt()).toBe(0);
    for (const url of ['baseUrl', 'inboxUrl']) expect(await answers(demo[url] as string)).toBe(false);

    const second = await checkout.start(start as string, env, UP);
    const again = JSON.parse(readFileSync(join(checkout.folder, '.data', 'demo.json'), 'utf8')) as typeof demo;
    expect([again['widgetKey'], again['apiKey'], again['bookingUrl']]).toEqual([
      demo['widgetKey'],
      demo['apiKey'],
      demo['bookingUrl'],
    ]);
    expect(await second.interrupt()).toBe(0);
  }, 180_000);
});

/** Whether anything listens at the address. */
function answers(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
