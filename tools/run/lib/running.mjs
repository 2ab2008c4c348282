/** Who runs in this checkout: `.data/run.json`, checked against the living processes and the app's own health. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, signalGroup } from './children.mjs';
import { readJson, writeJson } from './files.mjs';
import { Problem } from './problem.mjs';

const HEALTH_MS = 2_000;
const GONE_WITHIN_MS = 3_000;

/**
 * @typedef {object} Running
 * @property {number} pid of the runner
 * @property {string} [baseUrl] known once a port is chosen
 * @property {boolean} [ownsServices] whether the data services end with it
 * @property {Array<{ pid: number, script: string }>} children processes it started, each with the script that it runs
 */

/** @param {string} root */
const file = (root) => join(root, '.data', 'run.json');

/** @param {string} root @returns {Running | undefined} */
export const readRunning = (root) => /** @type {Running | undefined} */ (readJson(file(root)));

/** @param {string} root @param {Running} running */
export const writeRunning = (root, running) => writeJson(file(root), running);

/** @param {string} root */
export const clearRunning = (root) => rmSync(file(root), { force: true });

/**
 * Whether a process id still belongs to the script we started: ids are reused.
 * @param {number} pid
 * @param {string} script part of its command line
 * @returns {boolean}
 */
export function runs(pid, script) {
  if (!isAlive(pid)) return false;
  try {
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).includes(script);
  } catch {
    // No `ps` here, or the process ended meanwhile.
    return isAlive(pid);
  }
}

/** @param {string} baseUrl @returns {Promise<boolean>} whether the app answers that it is ready */
export async function isReady(baseUrl) {
  try {
    const response = await fetch(new URL('/health/ready', baseUrl), { signal: AbortSignal.timeout(HEALTH_MS) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/**
 * Refuses a second start in one checkout, and clears away what a killed runner left behind.
 * @param {string} root
 */
export async function refuseSecondStart(root) {
  const running = readRunning(root);
  if (!running || running.pid === process.pid) return;
  if (runs(running.pid, 'start.mjs')) {
    const ready = running.baseUrl !== undefined && (await isReady(running.baseUrl));
    throw new Problem(
      ready
        ? `OpenChair already runs from this checkout at ${running.baseUrl} (process ${running.pid}).`
        : `OpenChair is already being started from this checkout (process ${running.pid}).`,
      'Use that one, or stop it with Ctrl-C in its terminal or "npm run stop".',
    );
  }
  await endLeftovers(running);
}

/**
 * Ends what a killed runner left, and waits a moment until its ports are free.
 * @param {Running} running
 */
export async function endLeftovers(running) {
  const left = running.children.filter(({ pid, script }) => runs(pid, script));
  for (const { pid } of left) signalGroup(pid, 'SIGKILL');
  const deadline = performance.now() + GONE_WITHIN_MS;
  while (left.some(({ pid }) => isAlive(pid)) && performance.now() < deadline) await delay(20);
}
