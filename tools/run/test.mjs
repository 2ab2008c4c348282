/** `npm test`: from a fresh clone to one closing line. Runs on Node 18 or newer and goes on under Node 24 by itself. */
import { fileURLToPath } from 'node:url';
import { dirname, resolve } from 'node:path';
import { bootstrap } from './lib/bootstrap.mjs';
import { asProblem, describe } from './lib/problem.mjs';
import { createProgress } from './lib/progress.mjs';
import { createShutdown } from './lib/shutdown.mjs';
import { runSuite } from './lib/suite.mjs';

const INTERRUPTED = 130;

const script = fileURLToPath(import.meta.url);
const root = resolve(dirname(script), '..', '..');
const progress = createProgress();
const shutdown = createShutdown({ signalCode: INTERRUPTED });
try {
  await bootstrap({ root, script, progress, shutdown });
  const { code, closing } = await runSuite({ root, args: process.argv.slice(2), progress, shutdown });
  // Last of all, after the data services have stopped: nothing may follow this line.
  await shutdown.exit(code, () => progress.line(`\n${closing}`));
} catch (error) {
  if (shutdown.stopping()) await shutdown.exit(INTERRUPTED);
  process.stderr.write(describe(asProblem(error, root)));
  await shutdown.exit(1, () => progress.line('\n0 passed, 1 failed'));
}
