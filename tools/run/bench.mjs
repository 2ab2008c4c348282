/** `npm run bench [-- part …]`: builds, starts the data services and measures. Runs on by itself under Node 24, as `npm test` does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootstrap } from './lib/bootstrap.mjs';
import { ensureBuilt } from './lib/build.mjs';
import { asProblem, describe } from './lib/problem.mjs';
import { createProgress } from './lib/progress.mjs';
import { ensureServices } from './lib/services.mjs';
import { createShutdown } from './lib/shutdown.mjs';

const INTERRUPTED = 130;

const script = fileURLToPath(import.meta.url);
const root = resolve(dirname(script), '..', '..');
const progress = createProgress();
const shutdown = createShutdown({ signalCode: INTERRUPTED });
try {
  await bootstrap({ root, script, progress, shutdown });
  await ensureBuilt(root, progress, shutdown);
  const dataDir = join(root, '.data', 'test-services');
  const work = () => ensureServices({ root, dataDir, profile: 'test', shutdown, say: progress.line });
  const { mongodbUri, redisUrl } = await progress.step('Data services', work);
  const args = ['--expose-gc', '--import', './test/bench/loader.mjs', 'test/bench/run.ts', ...process.argv.slice(2)];
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
