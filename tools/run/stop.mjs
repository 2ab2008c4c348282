/** `npm run stop`: ends the `npm start` of this checkout, wherever its terminal is, and what a killed one left behind. */
import { fileURLToPath } from 'node:url';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from './lib/children.mjs';
import { clearRunning, endLeftovers, readRunning, runs } from './lib/running.mjs';
import { demoServices, servicesCommand } from './lib/services.mjs';
import { createShutdown } from './lib/shutdown.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const running = readRunning(root);
if (!running) {
  process.stdout.write('Nothing runs from this checkout.\n');
} else if (runs(running.pid, 'start.mjs')) {
  process.kill(running.pid, 'SIGTERM');
  while (isAlive(running.pid)) await delay(50);
  process.stdout.write('Stopped.\n');
} else {
  await endLeftovers(running);
  if (running.ownsServices) {
    const shutdown = createShutdown({ signalCode: 1 });
    await servicesCommand({ root, dataDir: demoServices(root), profile: 'dev', verb: 'down', shutdown });
  }
  clearRunning(root);
  process.stdout.write('Stopped what a killed run had left behind.\n');
}
