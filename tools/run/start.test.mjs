import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { isAlive } from './lib/children.mjs';
import { nextFree } from './lib/ports.mjs';
import { command, makeCheckout, until } from './standins/checkout.mjs';

const START = ['tools/run/start.mjs'];

/** @param {() => string} output */
const isUp = (output) => () => output().includes('OpenChair is up');

/** @param {{ read: (path: string) => string }} checkout @returns {number[]} of every process that the stand-ins started */
const pidsOf = ({ read }) => read('pids').trim().split('\n').map(Number);

/** @param {number[]} pids */
const allGone = (pids) =>
  until(
    () => !pids.some(isAlive),
    () => `still alive: ${pids.filter(isAlive).join(', ')}`,
  );

/** @param {import('node:test').TestContext} t @param {NodeJS.ProcessEnv} [env] */
async function startIn(t, env = {}) {
  const checkout = makeCheckout(t);
  const port = await nextFree(44_000 + Math.floor(Math.random() * 2_000));
  const run = command(t, checkout.root, START, { PORT: String(port), ...env });
  return { ...checkout, ...run, port, checkout };
}

test('start serves, writes demo.json, refuses a second start, and leaves no process behind', async (t) => {
  const first = await startIn(t);
  await until(isUp(first.output), first.output);
  const demo = JSON.parse(first.read('.data/demo.json'));
  assert.deepEqual(Object.keys(demo), ['baseUrl', 'docsUrl', 'bookingUrl', 'inboxUrl', 'widgetKey', 'apiKey']);
  assert.equal(await (await fetch(demo.baseUrl)).text(), 'ok');
  assert.equal(await (await fetch(demo.inboxUrl)).text(), 'inbox');
  assert.deepEqual(first.read('verbs'), 'migrate 3\nseed-demo 3\n');
  await until(() => first.output().includes('app: WARN a loud line'), first.output);
  assert.doesNotMatch(first.output(), /a quiet line/);
  assert.match(first.read('.data/logs/app.log'), /a quiet line/);

  const second = command(t, first.root, START);
  assert.equal(await second.ended, 1);
  assert.match(second.output(), new RegExp(`already runs from this checkout at http://127.0.0.1:${first.port} `));

  const pids = pidsOf(first);
  assert.equal(pids.length, 4, 'service, inbox, app and the child of the app');
  first.child.kill('SIGINT');
  assert.equal(await first.ended, 0);
  await allGone(pids);

  const again = command(t, first.root, START, { PORT: String(first.port) });
  await until(isUp(again.output), again.output);
  assert.equal(first.read('builds'), '1', 'nothing changed, so nothing is built again');
  const stop = command(t, first.root, ['tools/run/stop.mjs']);
  assert.equal(await stop.ended, 0);
  assert.equal(await again.ended, 0);
  await allGone(pidsOf(first));
});

test('services that ran before are left running', async (t) => {
  const { root, read, put } = makeCheckout(t);
  const services = ['tools/services/src/cli.ts'];
  const data = ['--data', join(root, '.data', 'services')];
  await command(t, root, [...services, 'up', ...data]).ended;
  const [service] = /** @type {[number]} */ (pidsOf({ read }));
  put('pids', '');
  const run = command(t, root, START, { PORT: String(await nextFree(46_500)) });
  await until(isUp(run.output), run.output);
  run.child.kill('SIGTERM');
  assert.equal(await run.ended, 0);
  await allGone(pidsOf({ read }));
  assert.equal(isAlive(service), true);
  await command(t, root, [...services, 'down', ...data]).ended;
  await allGone([service]);
});

test('a killed runner leaves a mess that the next start clears away', async (t) => {
  const first = await startIn(t);
  await until(isUp(first.output), first.output);
  first.child.kill('SIGKILL');
  await first.ended;
  const left = pidsOf(first);
  const again = command(t, first.root, START, { PORT: String(first.port) });
  await until(isUp(again.output), again.output);
  assert.deepEqual(left.slice(-2).filter(isAlive), [], 'the app of the killed runner and its child');
  again.child.kill('SIGTERM');
  assert.equal(await again.ended, 0);
  await allGone(pidsOf(first));

  const third = command(t, first.root, START, { PORT: String(first.port) });
  await until(isUp(third.output), third.output);
  third.child.kill('SIGKILL');
  await third.ended;
  assert.equal(await command(t, first.root, ['tools/run/stop.mjs']).ended, 0);
  await allGone(pidsOf(first));
});

test('an app that ends by itself is told with its last lines, and everything else is stopped', async (t) => {
  const run = await startIn(t);
  await until(isUp(run.output), run.output);
  await fetch(`http://127.0.0.1:${run.port}/die`).catch(() => undefined);
  assert.equal(await run.ended, 1);
  assert.match(run.output(), /✗ The app ended by itself\.\n.*app\.log\.\n(?:.*\n)*.*told to die/);
  await allGone(pidsOf(run));
});

test('a port in use, no way to data services and a full disk are one sentence each, and nothing is left', async (t) => {
  const port = await nextFree(48_000);
  const server = createServer().listen(port, '127.0.0.1');
  t.after(() => void server.close());
  const taken = await startIn(t, { PORT: String(port) });
  assert.equal(await taken.ended, 1);
  assert.match(taken.output(), new RegExp(`✗ Port ${port} is in use by another program\\.\n  Stop that program`));

  const nowhere = await startIn(t, { STANDIN_NO_SERVICES: '1' });
  assert.equal(await nowhere.ended, 1);
  assert.match(nowhere.output(), /✗ There is neither apt nor Docker here\. Start Docker, or set MONGODB_URI/);

  const full = await startIn(t, { STANDIN_DISK_FULL: '1' });
  assert.equal(await full.ended, 1);
  assert.match(full.output(), /✗ The disk that holds .* is full\.\n {2}Free about 3 GB/);
  await allGone(pidsOf(full));
});

test('npm test ends with the closing line, names what failed, and stops its data services', async (t) => {
  const check = 'node -e 0';
  const checkout = makeCheckout(t, {
    scripts: {
      build: 'node build.cjs',
      'check:lint': 'node lint.cjs',
      'check:types': check,
    },
    openchair: { nodeTest: '*.check.mjs' },
  });
  checkout.put('lint.cjs', "console.log('a lint fault'); process.exitCode = 1;");
  checkout.put(
    'a.check.mjs',
    "import test from 'node:test';\ntest('yes', () => {});\ntest('later', { skip: true }, () => {});\n",
  );
  const green = command(t, checkout.root, ['tools/run/test.mjs', 'types', 'runner'], { CI: 'true' });
  assert.equal(await green.ended, 0);
  assert.equal(green.output().trimEnd().split('\n').at(-1), '3 passed, 0 failed, 1 skipped');

  // There is no jest here: the unit stage crashes, after the data services were started for it.
  writeFileSync(join(checkout.root, 'pids'), '');
  const red = command(t, checkout.root, ['tools/run/test.mjs', 'lint', 'types', 'unit']);
  assert.equal(await red.ended, 1);
  assert.match(red.output(), /a lint fault/);
  const closing = red.output().trimEnd().split('\n').slice(-5);
  assert.deepEqual(
    closing.map((line) => line.trim().replace(/ +/g, ' ')),
    ['Failed:', 'lint run it alone: npm test -- lint', 'unit run it alone: npm test -- unit', '', '2 passed, 2 failed'],
  );
  assert.equal(pidsOf(checkout).length, 1);
  await allGone(pidsOf(checkout));
});
