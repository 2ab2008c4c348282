/** `npm start`: from a fresh clone to a running demo. Runs on Node 18 or newer and goes on under Node 24 by itself. */
import { fileURLToPath } from 'node:url';
import { dirname, resolve } from 'node:path';
import { bootstrap, runsWantedNode } from './lib/bootstrap.mjs';
import { runDemo } from './lib/demo.mjs';
import { asProblem, describe } from './lib/problem.mjs';
import { createProgress } from './lib/progress.mjs';
import { refuseSecondStart } from './lib/running.mjs';
import { createShutdown } from './lib/shutdown.mjs';

const script = fileURLToPath(import.meta.url);
const root = resolve(dirname(script), '..', '..');
const progress = createProgress();

// After a hand-over the Node 24 process speaks for both.
const onSignal = () => void (runsWantedNode() && progress.line('› Stopping…'));
const shutdown = createShutdown({ signalCode: 0, onSignal });
try {
  await refuseSecondStart(root);
  await bootstrap({ root, script, progress, shutdown });
  await runDemo({ root, progress, shutdown });
} catch (error) {
  // Commands that a shutdown ended fail too: that is no news.
  if (!shutdown.stopping()) process.stderr.write(describe(asProblem(error, root)));
  await shutdown.exit(1);
}
