/** A command over the built application and running data services. Runs on by itself under Node 24, as `npm test` does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootstrap } from './bootstrap.mjs';
import { ensureBuilt } from './build.mjs';
import { asProblem, describe } from './problem.mjs';
import { createProgress } from './progress.mjs';
import { ensureServices } from './services.mjs';
import { createShutdown } from './shutdown.mjs';

const INTERRUPTED = 130;

/**
 * Makes ready what is missing, runs Node with `args` and ends with its code.
 * @param {string} url `import.meta.url` of the script in `tools/run` that was started
 * @param {string[]} args of the process, after the name of Node
 */
export async function withServices(url, args) {
  const script = fileURLToPath(url);
  const root = resolve(dirname(script), '..', '..');
  const progress = createProgress();
  const shutdown = createShutdown({ signalCode: INTERRUPTED });
  try {
    await bootstrap({ root, script, progress, shutdown });
    await ensureBuilt(root, progress, shutdown);
    const dataDir = join(root, '.data', 'test-services');
    const work = () => ensureServices({ root, dataDir, profile: 'test', shutdown, say: progress.line });
    const { mongodbUri, redisUrl } = await progress.step('Data services', work);
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, MONGODB_URI: mongodbUri, REDIS_URL: redisUrl },
      stdio: 'inherit',
    });
    const [code] = await once(child, 'exit');
    await shutdown.exit(code ?? 1);
  } catch (error) {
    if (shutdown.stopping()) await shutdown.exit(INTERRUPTED);
    process.stderr.write(describe(asProblem(error, root)));
    await shutdown.exit(1);
  }
}
