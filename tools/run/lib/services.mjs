/** The data services, through `tools/services`: started when none run, and stopped by whoever started them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { lastJson, run } from './children.mjs';
import { Problem } from './problem.mjs';

/**
 * @typedef {object} Services
 * @property {string} mongodbUri
 * @property {string} redisUrl
 */

/** @param {string} root @returns {string} where the demo's data services keep their data */
export const demoServices = (root) => join(root, '.data', 'services');

/** @typedef {'up' | 'down' | 'status'} Verb */

/**
 * @param {{ root: string, dataDir: string, profile: 'dev' | 'test', verb: Verb,
 *   shutdown: import('./shutdown.mjs').Shutdown, say?: (line: string) => void }} options say: told of what takes long
 */
export function servicesCommand({ root, dataDir, profile, verb, shutdown, say }) {
  const script = join(root, 'tools', 'services', 'src', 'cli.ts');
  if (!existsSync(script)) {
    throw new Problem(`${script} is missing.`, 'Restore it from git, or set MONGODB_URI and REDIS_URL.');
  }
  const args = [script, verb, '--data', dataDir, '--profile', profile, '--json'];
  return run({
    command: process.execPath,
    args,
    cwd: root,
    shutdown,
    onLine: (line, stream) => void (stream === 'stderr' && line.endsWith('…') && say?.(`  ${line}`)),
  });
}

/**
 * Makes sure of MongoDB and Redis. What this call started is stopped at shutdown; what ran before, or was given by
 * MONGODB_URI and REDIS_URL, is left alone.
 * @param {{ root: string, dataDir: string, profile: 'dev' | 'test', shutdown: import('./shutdown.mjs').Shutdown,
 *   say: (line: string) => void, inherited?: boolean, onOwned?: () => void }} options inherited: those that run were started by a run that was killed
 * @returns {Promise<Services>}
 */
export async function ensureServices({ root, dataDir, profile, shutdown, say, inherited = false, onOwned }) {
  const { MONGODB_URI, REDIS_URL } = process.env;
  if (MONGODB_URI && REDIS_URL) return { mongodbUri: MONGODB_URI, redisUrl: REDIS_URL };

  const call = (/** @type {Verb} */ verb, during = shutdown) =>
    servicesCommand({ root, dataDir, profile, verb, shutdown: during, say });
  const before = addresses((await call('status')).stdout);
  if (inherited || !before) {
    onOwned?.();
    // Registered first: a shutdown while `up` works must also end what it has started by then.
    shutdown.defer(async () => {
      const { code, tail } = await call('down', { ...shutdown, defer: () => () => undefined });
      if (code !== 0) throw new Error(`the data services did not stop: ${tail}`);
    });
  }
  const { code, stdout, tail } = await call('up');
  const services = addresses(stdout);
  if (code !== 0 || !services) throw servicesProblem(tail);
  return services;
}

/** @param {string} stdout @returns {Services | undefined} undefined unless both are up */
function addresses(stdout) {
  const { mongodbUri, redisUrl } = lastJson(stdout) ?? {};
  return typeof mongodbUri === 'string' && typeof redisUrl === 'string' ? { mongodbUri, redisUrl } : undefined;
}

/**
 * The tool's last line is its reason and what to do; when it broke, a stack trace stands there instead.
 * @param {string} tail
 */
function servicesProblem(tail) {
  const reason = tail.trimEnd().split('\n').at(-1) ?? '';
  const unforeseen = reason === '' || /^\s/.test(reason);
  return new Problem(
    unforeseen ? 'The data services (MongoDB and Redis) could not be started.' : reason,
    'They come from MONGODB_URI and REDIS_URL, or from Docker Compose, or from the packages of Debian or Ubuntu (apt).',
    unforeseen ? tail : '',
  );
}
