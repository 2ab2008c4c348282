import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { chmodSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { worthShowing } from './lib/app.mjs';
import { dependenciesStale, lockHash } from './lib/bootstrap.mjs';
import { sourcesHash } from './lib/build.mjs';
import { lastJson } from './lib/children.mjs';
import { closingLine, honest, jestCounts, nodeTestCounts, sum } from './lib/counts.mjs';
import { demoOf, demoSecrets } from './lib/files.mjs';
import { withLock } from './lib/lock.mjs';
import { choosePort, nextFree } from './lib/ports.mjs';
import { asProblem, describe, Problem } from './lib/problem.mjs';
import { schedule } from './lib/schedule.mjs';
import { allStages, choose } from './lib/stages.mjs';
import { makeCheckout } from './standins/checkout.mjs';

test('dependencies are stale until the noted hash is that of the lock file', (t) => {
  const { root, put } = makeCheckout(t);
  assert.equal(dependenciesStale(root), false);
  put('package-lock.json', '{"changed":true}');
  assert.equal(dependenciesStale(root), true);
  put('node_modules/.openchair-lock', lockHash(root) + '\n');
  assert.equal(dependenciesStale(root), false);
  rmSync(join(root, 'node_modules'), { recursive: true });
  assert.equal(dependenciesStale(root), true);
});

test('the build hash changes with a source and not with what a build writes', (t) => {
  const { root, put } = makeCheckout(t);
  const first = sourcesHash(root);
  put('plugins/kit/dist/index.js', 'x');
  put('src/.tsbuildinfo', 'x');
  assert.equal(sourcesHash(root), first);
  put('src/main.ts', 'x');
  const edited = sourcesHash(root);
  assert.notEqual(edited, first);
  utimesSync(join(root, 'src', 'main.ts'), 1, 1);
  assert.notEqual(sourcesHash(root), edited);
});

test('a taken PORT is one sentence that names it and the way out; without PORT the next free one is taken', async (t) => {
  const port = await nextFree(43_000);
  const server = createServer().listen(port, '127.0.0.1');
  t.after(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  await assert.rejects(
    choosePort(String(port), assert.fail),
    (/** @type {Problem} */ problem) =>
      problem.message === `Port ${port} is in use by another program.` &&
      problem.fix.includes(`PORT=${port + 1} npm start`),
  );
  assert.ok((await nextFree(port)) > port);
  await assert.rejects(choosePort('http', assert.fail), /PORT is "http", which is no port/);
});

test('a full disk, an unwritable checkout and a missing program are told apart, wherever they show', () => {
  const fail = (/** @type {object} */ more, message = 'x') => Object.assign(new Error(message), more);
  const full = [
    fail({ code: 'ENOSPC', path: '/checkout/.data/run.json' }),
    fail({ cause: fail({ code: 'ENOSPC' }) }),
    new Problem(
      'npm could not install the dependencies.',
      '',
      'npm error nospc ENOSPC: no space left on device, write',
    ),
    new Problem('The data services could not be started.', '', 'initdb: error: No space left on device'),
  ];
  for (const error of full) {
    const said = describe(asProblem(error, '/checkout'));
    assert.match(said, /^\n✗ The disk that holds \/checkout\S* is full\.\n {2}Free about 3 GB/);
  }
  assert.match(
    asProblem(fail({ code: 'EROFS', path: '/checkout/.data' }), '/checkout').message,
    /Cannot write to \/checkout\/\.data/,
  );
  const missing = asProblem(fail({ code: 'ENOENT', syscall: 'spawn docker', path: 'docker' }), '/checkout');
  assert.equal(missing.message, 'The program "docker" is needed and was not found.');
  const plain = new Problem('a', 'b', 'c');
  assert.equal(asProblem(plain, '/checkout'), plain);
});

test('demo.json holds exactly the six addresses and keys; a seed that lacks one is refused', () => {
  const seed = { widgetKey: 'wk', apiKey: 'ak', practiceId: 'p', bookingPath: '/book/x', docsPath: '/docs' };
  const demo = demoOf({ baseUrl: 'http://localhost:3000', inboxUrl: 'http://localhost:8025', seed });
  assert.deepEqual(demo, {
    baseUrl: 'http://localhost:3000',
    docsUrl: 'http://localhost:3000/docs',
    bookingUrl: 'http://localhost:3000/book/x',
    inboxUrl: 'http://localhost:8025',
    widgetKey: 'wk',
    apiKey: 'ak',
  });
  const { apiKey: _, ...incomplete } = seed;
  assert.throws(
    () => demoOf({ baseUrl: 'http://x', inboxUrl: 'http://y', seed: incomplete }),
    /did not print "apiKey"/,
  );
  assert.throws(() => demoOf({ baseUrl: 'http://x', inboxUrl: 'http://y', seed: undefined }), /did not print/);
});

test("the demo's secrets are made once, readable by their owner alone, and of the form the app takes", (t) => {
  const { root } = makeCheckout(t);
  const first = demoSecrets(root);
  assert.match(first.MASTER_KEYS ?? '', /^[a-z0-9-]+:/);
  assert.equal(Buffer.from(first.MASTER_KEYS?.split(':')[1] ?? '', 'base64').length, 32);
  assert.ok((first.PLATFORM_TOKEN ?? '').length >= 32);
  assert.equal(statSync(join(root, '.data', 'secrets.json')).mode & 0o777, 0o600);
  assert.deepEqual(demoSecrets(root), first);
});

test('counts of jest and node --test add up to one closing line', () => {
  const jest = jestCounts({
    numPassedTests: 5,
    numFailedTests: 1,
    numRuntimeErrorTestSuites: 2,
    numPendingTests: 1,
    numTodoTests: 1,
    wasInterrupted: false,
  });
  assert.deepEqual(jest, { passed: 5, failed: 3, skipped: 2 });
  const tap = nodeTestCounts('# pass 100\n…\n# tests 9\n# pass 3\n# fail 1\n# cancelled 1\n# skipped 2\n# todo 1\n');
  assert.deepEqual(tap, { passed: 3, failed: 2, skipped: 3 });
  assert.deepEqual(nodeTestCounts('ℹ tests 4\nℹ pass 4\nℹ fail 0\n'), { passed: 4, failed: 0, skipped: 0 });
  assert.equal(closingLine(sum([jest, tap])), '8 passed, 5 failed, 5 skipped');
  assert.equal(closingLine({ passed: 7, failed: 0, skipped: 0 }), '7 passed, 0 failed');
});

test('a stage that crashed, wrote no report or ran nothing has failed', () => {
  assert.equal(honest(jestCounts(undefined), 0).failed, 1);
  assert.equal(honest({ passed: 9, failed: 0, skipped: 0 }, 1).failed, 1);
  assert.equal(honest({ passed: 0, failed: 0, skipped: 4 }, 0).failed, 1);
  assert.equal(honest({ passed: 9, failed: 0, skipped: 0 }, 0).failed, 0);
  assert.equal(honest({ passed: 9, failed: 2, skipped: 0 }, 1).failed, 2);
});

test('stages run two at a time, lonely ones alone, and not at all after a broken prerequisite', async () => {
  const now = new Set();
  let most = 0;
  const stage = (/** @type {string} */ name, failed = 0, more = {}) => ({
    name,
    ...more,
    async run() {
      now.add(name);
      most = Math.max(most, now.size);
      if (name === 'lonely') assert.deepEqual([...now], ['lonely']);
      for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve));
      now.delete(name);
      return { counts: { passed: 1 - failed, failed, skipped: 0 }, output: name };
    },
  });
  const crash = { name: 'crash', run: () => Promise.reject(new Error('it broke')) };
  const stages = [
    stage('build', 1),
    stage('a'),
    stage('b'),
    crash,
    stage('needs', 0, { after: ['build'] }),
    stage('lonely', 0, { alone: true }),
  ];
  const context = /** @type {any} */ ({ shutdown: { stopping: () => false } });
  const outcomes = await schedule(stages, { slots: 2, context, onEnd: () => undefined });
  assert.equal(most, 2);
  assert.deepEqual(
    outcomes.map(({ stage: { name }, counts }) => `${name} ${counts.failed}`),
    ['build 1', 'a 0', 'b 0', 'crash 1', 'needs 1', 'lonely 0'],
  );
  assert.match(outcomes[4]?.output ?? '', /Not run, because the stage "build" failed/);
  assert.match(outcomes[3]?.output ?? '', /it broke/);
});

test('stages are chosen by name, with what they need; packages bring their own', (t) => {
  const { root, put } = makeCheckout(t, { workspaces: ['packages/*'] });
  put('packages/one/package.json', '{"scripts":{"test:node":"node --test"}}');
  put('packages/two/package.json', '{}');
  const stages = allStages(root);
  assert.deepEqual(
    stages.map(({ name }) => name),
    ['build', 'lint', 'types', 'format', 'architecture', 'openapi', 'packages/one', 'unit', 'e2e'],
  );
  const names = (/** @type {string[]} */ ...args) => choose(stages, args).chosen.map(({ name }) => name);
  assert.deepEqual(names('lint'), ['lint']);
  assert.deepEqual(names('types'), ['build', 'types']);
  assert.deepEqual(names('e2e', 'race'), ['build', 'e2e']);
  assert.deepEqual(choose(stages, ['e2e', 'race']).patterns, ['race']);
  assert.equal(names().length, 9);
  assert.throws(() => choose(stages, ['nonsense']), /There is no stage "nonsense"/);
});

test('a lock is waited for, and taken over when its owner is dead', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'openchair-lock-'));
  t.after(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o700);
  const file = join(folder, 'work.lock');
  /** @type {string[]} */
  const order = [];
  const work = (/** @type {string} */ name) => async () => {
    order.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    order.push(`${name} ends`);
  };
  await Promise.all([withLock(file, work('a')), withLock(file, work('b'), (pid) => assert.equal(pid, process.pid))]);
  assert.deepEqual(order, ['a begins', 'a ends', 'b begins', 'b ends']);
  writeFileSync(file, '999999999');
  assert.equal(
    await withLock(
      file,
      async () => 'taken over',
      () => assert.fail(),
    ),
    'taken over',
  );
});

test('of the log only troubles are shown', () => {
  assert.equal(worthShowing('{"level":30,"msg":"served"}', 'stdout'), undefined);
  assert.equal(
    worthShowing('{"level":50,"msg":"broke","err":{"type":"E","code":"C"}}', 'stdout'),
    'ERROR broke (C, E)',
  );
  assert.equal(worthShowing('plain', 'stdout'), undefined);
  assert.equal(worthShowing('plain', 'stderr'), 'plain');
  assert.deepEqual(lastJson('{"a":1}\nnoise\n{"a":2}\n'), { a: 2 });
  assert.equal(lastJson('{broken'), undefined);
});
