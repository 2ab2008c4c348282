/** The app and the inbox as processes: started, waited for, and their troubles shown. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { lastJson, run, start } from './children.mjs';
import { portInUse } from './ports.mjs';
import { Problem } from './problem.mjs';
import { isReady } from './running.mjs';

const READY_WITHIN_MS = 60_000;
const POLL_MS = 50;
const LEVELS = /** @type {Record<number, string>} */ ({ 40: 'WARN', 50: 'ERROR', 60: 'FATAL' });

/**
 * What of the app's output a person should see: warnings and errors of its JSON log, and whatever it prints to stderr.
 * @param {string} line
 * @param {'stdout' | 'stderr'} stream
 * @returns {string | undefined}
 */
export function worthShowing(line, stream) {
  if (!line.startsWith('{')) return stream === 'stderr' && line.trim() !== '' ? line : undefined;
  try {
    const { level, msg, code, err, ...rest } = JSON.parse(line);
    const name = LEVELS[Math.floor(Number(level) / 10) * 10];
    if (!name) return undefined;
    const about = [rest.requestId && `request ${rest.requestId}`, code ?? err?.code, err?.type]
      .filter(Boolean)
      .join(', ');
    return `${name} ${msg ?? ''}${about ? ` (${about})` : ''}`;
  } catch {
    return undefined;
  }
}

/**
 * @typedef {object} AppOptions
 * @property {string} root
 * @property {NodeJS.ProcessEnv} env
 * @property {string} logs folder
 * @property {import('./shutdown.mjs').Shutdown} shutdown
 * @property {(line: string) => void} say
 */

/**
 * @param {AppOptions} options
 * @returns {Promise<import('./children.mjs').Child & { script: string }>}
 */
export async function startApp({ root, env, logs, shutdown, say }) {
  const script = join(root, 'dist', 'main.js');
  const child = await start({
    command: process.execPath,
    args: ['--enable-source-maps', script],
    cwd: root,
    env,
    logFile: join(logs, 'app.log'),
    onLine(line, stream) {
      const shown = worthShowing(line, stream);
      if (shown && !shutdown.stopping()) say(`  app: ${shown}`);
    },
  });
  shutdown.defer(() => child.stop());
  return { ...child, script };
}

/**
 * Resolves when the app serves; fails with its last lines when it ends or is not ready in time.
 * @param {import('./children.mjs').Child} app
 * @param {string} baseUrl
 * @param {{ port: number, logs: string }} where
 */
export async function whenReady(app, baseUrl, { port, logs }) {
  const deadline = performance.now() + READY_WITHIN_MS;
  while (!(await isReady(baseUrl))) {
    if (!app.running()) {
      await app.ended;
      throw app.tail().includes('EADDRINUSE') ? portInUse(port) : appEnded(app, logs);
    }
    if (performance.now() > deadline) {
      throw new Problem(
        `The app was not ready within ${READY_WITHIN_MS / 1000} s.`,
        `Its whole log is ${join(logs, 'app.log')}.`,
        app.tail(),
      );
    }
    await delay(POLL_MS);
  }
}

/** @param {import('./children.mjs').Child} app @param {string} logs */
export function appEnded(app, logs) {
  return new Problem(
    'The app ended by itself.',
    `Its last lines follow; the whole log is ${join(logs, 'app.log')}.`,
    app.tail(),
  );
}

/**
 * One of the app's own commands (`dist/cli.js`).
 * @param {string} verb
 * @param {{ root: string, env: NodeJS.ProcessEnv, logs: string, shutdown: import('./shutdown.mjs').Shutdown }} options
 * @returns {Promise<Record<string, unknown> | undefined>} the JSON line that it printed last
 */
export async function appCommand(verb, { root, env, logs, shutdown }) {
  const { code, stdout, tail } = await run({
    command: process.execPath,
    args: ['--enable-source-maps', join(root, 'dist', 'cli.js'), verb],
    cwd: root,
    env,
    logFile: join(logs, `${verb}.log`),
    shutdown,
  });
  if (code !== 0) throw new Problem(`"dist/cli.js ${verb}" failed.`, 'Its last lines follow.', tail);
  return lastJson(stdout);
}

/**
 * The inbox: takes every mail of the demo and shows it in the browser.
 * @param {{ root: string, smtpPort: number, httpPort: number, logs: string, shutdown: import('./shutdown.mjs').Shutdown }} options
 * @returns {Promise<{ pid: number, script: string, smtpUrl: string, url: string }>}
 */
export async function startInbox({ root, smtpPort, httpPort, logs, shutdown }) {
  const script = join(root, 'tools', 'inbox', 'src', 'main.ts');
  /** @type {() => void} */
  let onReady = () => undefined;
  const ready = new Promise((resolve) => (onReady = () => resolve('ready')));
  const child = await start({
    command: process.execPath,
    args: [script, '--smtp-port', `${smtpPort}`, '--http-port', `${httpPort}`, '--data', join(root, '.data', 'inbox')],
    cwd: root,
    logFile: join(logs, 'inbox.log'),
    onLine: (line, stream) => {
      if (stream === 'stdout' && line.startsWith('{')) onReady();
    },
  });
  shutdown.defer(() => child.stop(5_000));
  if ((await Promise.race([ready, child.ended])) !== 'ready') {
    throw new Problem('The inbox ended by itself.', 'Its last lines follow.', child.tail());
  }
  return { pid: child.pid, script, smtpUrl: `smtp://127.0.0.1:${smtpPort}`, url: `http://localhost:${httpPort}` };
}
