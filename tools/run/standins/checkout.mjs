/** A small checkout in a temporary folder: the real runner, with stand-ins for the app, the inbox and the data services. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { lockHash } from '../lib/bootstrap.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const runner = dirname(here);

/** @param {import('node:test').TestContext} test @param {Record<string, unknown>} [manifest] more of package.json */
export function makeCheckout(test, manifest = {}) {
  const root = mkdtempSync(join(tmpdir(), 'openchair-run-'));
  test.after(() => rmSync(root, { recursive: true, force: true }));
  const put = (/** @type {string} */ path, /** @type {string} */ text) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const part of ['start.mjs', 'stop.mjs', 'test.mjs', 'lib']) {
    cpSync(join(runner, part), join(root, 'tools', 'run', part), { recursive: true });
  }
  const scripts = { build: 'node build.cjs' };
  put('package.json', JSON.stringify({ name: 'standin', version: '1.0.0', scripts, ...manifest }));
  put('package-lock.json', '{"name":"standin","version":"1.0.0","lockfileVersion":3,"packages":{}}');
  put('node_modules/.openchair-lock', lockHash(root));
  put('src/main.ts', '');
  put(
    'build.cjs',
    `const fs = require('fs'); fs.mkdirSync('dist', { recursive: true }); fs.appendFileSync('builds', '1');
     for (const name of ['main', 'cli']) fs.copyFileSync('standins/' + name + '.cjs', 'dist/' + name + '.js');`,
  );
  cpSync(here, join(root, 'standins'), { recursive: true });
  for (const tool of ['services', 'inbox']) put(`tools/${tool}/package.json`, '{"type":"module"}');
  put('tools/services/src/cli.ts', readFileSync(join(here, 'services.mjs'), 'utf8'));
  put('tools/inbox/src/main.ts', readFileSync(join(here, 'inbox.mjs'), 'utf8'));
  return { root, put, read: (/** @type {string} */ path) => readFileSync(join(root, path), 'utf8') };
}

/**
 * Starts one of the two commands there.
 * @param {import('node:test').TestContext} test
 * @param {string} root
 * @param {string[]} args script and its arguments
 * @param {NodeJS.ProcessEnv} [env]
 */
export function command(test, root, args, env = {}) {
  const {
    PORT: _port,
    MONGODB_URI: _mongodb,
    REDIS_URL: _redis,
    NODE_TEST_CONTEXT: _context,
    ...inherited
  } = process.env;
  const child = spawn(process.execPath, args, { cwd: root, env: { ...inherited, ...env } });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  /** @type {Promise<number | null>} */
  const ended = new Promise((resolve) => child.once('close', resolve));
  test.after(() => void child.kill('SIGKILL'));
  return { child, ended, output: () => output };
}

/**
 * @param {() => boolean | Promise<boolean>} condition
 * @param {() => string} describe what to say when it does not come true in time
 */
export async function until(condition, describe, withinMs = 20_000) {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(describe());
    await delay(20);
  }
}
