/** Work that two commands in one checkout must not do at once (`npm start` and `npm test` on a fresh clone both install). */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from './children.mjs';

const POLL_MS = 200;

/**
 * Runs `work` while no other process holds the lock file. A lock whose owner is dead is taken over.
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @param {(pid: number) => void} [onWait] told once when another process holds it
 * @returns {Promise<T>}
 */
export async function withLock(file, work, onWait) {
  mkdirSync(dirname(file), { recursive: true });
  for (let told = false; !tryLock(file); await delay(POLL_MS)) {
    const owner = Number(readOrEmpty(file));
    if (owner && !isAlive(owner)) rmSync(file, { force: true });
    else if (!told && owner) {
      told = true;
      onWait?.(owner);
    }
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** @param {string} file @returns {boolean} */
function tryLock(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/** @param {string} file @returns {string} '' when it is not there */
export function readOrEmpty(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
