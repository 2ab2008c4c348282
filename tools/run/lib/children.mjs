/** Child processes that never outlive us: each has a process group of its own, which is ended as a whole. */
import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, renameSync } from 'node:fs';
import { once } from 'node:events';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';

const TAIL_LINES = 40;
const windows = process.platform === 'win32';

/** Groups not yet ended. Should we leave without an orderly stop, they go with us. @type {Set<number>} */
const live = new Set();
process.on('exit', () => live.forEach((pid) => signalGroup(pid, 'SIGKILL')));

/**
 * @typedef {object} Launch
 * @property {string} command
 * @property {string[]} args
 * @property {string} cwd
 * @property {NodeJS.ProcessEnv} [env]
 * @property {string} [logFile] gets all output; the former run's file is kept beside it as `*.previous`
 * @property {(line: string, stream: 'stdout' | 'stderr') => void} [onLine]
 *
 * @typedef {object} Child
 * @property {number} pid
 * @property {Promise<{ code: number | null, signal: NodeJS.Signals | null }>} ended when the process and its output have ended
 * @property {() => boolean} running
 * @property {() => string} tail its last lines
 * @property {(graceMs?: number) => Promise<void>} stop SIGTERM to its group, SIGKILL after the grace; resolves when all of it is gone
 */

/** @param {number} pid @param {NodeJS.Signals} signal */
export function signalGroup(pid, signal) {
  try {
    process.kill(windows ? pid : -pid, signal);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
  }
}

/** @param {number} pid @returns {boolean} whether any process of that id is alive */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * Starts a process and resolves once it runs; rejects when it cannot be started.
 * @param {Launch} launch
 * @returns {Promise<Child>}
 */
export async function start({ command, args, cwd, env, logFile, onLine }) {
  if (logFile && existsSync(logFile)) renameSync(logFile, `${logFile}.previous`);
  const log = logFile ? createWriteStream(logFile) : undefined;
  // A full disk must not take the runner down while it only keeps a log: the app itself reports it.
  log?.on('error', () => undefined);
  const child = spawn(command, args, { cwd, env, detached: !windows, stdio: ['ignore', 'pipe', 'pipe'] });
  if (child.pid !== undefined) live.add(child.pid);
  /** @type {string[]} */
  const tail = [];
  const readers = /** @type {const} */ (['stdout', 'stderr']).map((stream) => {
    const reader = createInterface({ input: child[stream], crlfDelay: Infinity });
    reader.on('line', (line) => {
      log?.write(line + '\n');
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
      onLine?.(line, stream);
    });
    return once(reader, 'close');
  });
  /** @type {Promise<{ code: number | null, signal: NodeJS.Signals | null }>} */
  const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  await once(child, 'spawn');
  const pid = /** @type {number} */ (child.pid);
  let running = true;
  void exited.then(() => {
    running = false;
    live.delete(pid);
  });
  const ended = exited.then(async (how) => {
    await Promise.all(readers);
    log?.end();
    return how;
  });

  return {
    pid,
    ended,
    running: () => running,
    tail: () => tail.join('\n'),
    async stop(graceMs = 15_000) {
      if (running) {
        signalGroup(pid, 'SIGTERM');
        const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs);
        await exited;
        clearTimeout(timer);
      }
      signalGroup(pid, 'SIGKILL');
      await ended;
    },
  };
}

/**
 * Runs a command to its end; a shutdown meanwhile ends it.
 * @param {Launch & { shutdown: import('./shutdown.mjs').Shutdown, echo?: boolean }} run echo: pass its output on as it comes
 * @returns {Promise<{ code: number, stdout: string, output: string, tail: string }>} code is 1 when a signal ended it
 */
export async function run({ shutdown, echo, ...launch }) {
  /** @type {string[]} */
  const stdout = [];
  /** @type {string[]} */
  const output = [];
  const child = await start({
    ...launch,
    onLine(line, stream) {
      output.push(line);
      if (stream === 'stdout') stdout.push(line);
      if (echo) process.stdout.write(line + '\n');
      launch.onLine?.(line, stream);
    },
  });
  const done = shutdown.defer(() => child.stop(3_000));
  const { code } = await child.ended;
  done();
  return { code: code ?? 1, stdout: stdout.join('\n'), output: output.join('\n'), tail: child.tail() };
}

/**
 * How to call npm: the npm that called us when there is one, else the one on PATH.
 * @param {string[]} args
 * @returns {{ command: string, args: string[] }}
 */
export function npm(args) {
  const cli = process.env.npm_execpath;
  if (cli && basename(cli).startsWith('npm-cli')) return { command: process.execPath, args: [cli, ...args] };
  return windows
    ? { command: process.env.ComSpec ?? 'cmd.exe', args: ['/d', '/s', '/c', 'npm', ...args] }
    : { command: 'npm', args };
}

/**
 * The last line of a program's standard output that is a JSON object.
 * @param {string} stdout
 * @returns {Record<string, unknown> | undefined}
 */
export function lastJson(stdout) {
  const line = stdout.split('\n').findLast((candidate) => candidate.trim().startsWith('{'));
  try {
    return line === undefined ? undefined : JSON.parse(line);
  } catch {
    return undefined;
  }
}
