/** The build, skipped while nothing it reads has changed. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm, run } from './children.mjs';
import { readOrEmpty, withLock } from './lock.mjs';
import { Problem } from './problem.mjs';

const SOURCES = [
  'src',
  'plugins',
  'widget',
  'openapi',
  'package.json',
  'package-lock.json',
  'tsconfig.base.json',
  'tsconfig.build.json',
];
const NOT_SOURCES = new Set(['node_modules', 'dist', '.data', 'coverage', 'generated']);

/** @param {string} path @param {string[]} into lines `path size mtime` of all files below it */
function collect(path, into) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return;
  if (!stat.isDirectory()) {
    into.push(`${path} ${stat.size} ${Math.round(stat.mtimeMs)}`);
    return;
  }
  for (const name of readdirSync(path).sort()) {
    if (!NOT_SOURCES.has(name) && !name.endsWith('.tsbuildinfo')) collect(join(path, name), into);
  }
}

/**
 * Sizes and times of everything that the build reads: a few milliseconds, no file is opened.
 * @param {string} root
 * @returns {string}
 */
export function sourcesHash(root) {
  /** @type {string[]} */
  const lines = [];
  for (const source of SOURCES) collect(join(root, source), lines);
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

/** @param {string} root */
const marker = (root) => join(root, 'dist', '.openchair-build');

/** @param {string} root @returns {boolean} */
export function buildStale(root) {
  return !existsSync(join(root, 'dist', 'main.js')) || readOrEmpty(marker(root)).trim() !== sourcesHash(root);
}

/**
 * Runs `npm run build`; a start and a test run never build at the same time.
 * @param {string} root
 * @param {import('./shutdown.mjs').Shutdown} shutdown
 * @returns {Promise<{ code: number, output: string, tail: string }>}
 */
export function build(root, shutdown) {
  return withLock(join(root, '.data', 'build.lock'), async () => {
    const hash = sourcesHash(root);
    const result = await run({ ...npm(['run', '--silent', 'build']), cwd: root, shutdown });
    if (result.code === 0) {
      mkdirSync(join(root, 'dist'), { recursive: true });
      writeFileSync(marker(root), hash + '\n');
    }
    return result;
  });
}

/**
 * @param {string} root
 * @param {import('./progress.mjs').Progress} progress
 * @param {import('./shutdown.mjs').Shutdown} shutdown
 */
export async function ensureBuilt(root, progress, shutdown) {
  if (!buildStale(root)) return;
  const { code, tail } = await progress.step('Building', () => build(root, shutdown));
  if (code !== 0) throw new Problem('The build failed.', 'Mend what it says and run the command again.', tail);
}
