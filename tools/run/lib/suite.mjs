/** `npm test` once Node 24 and the dependencies are there. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { closingLine, sum } from './counts.mjs';
import { seconds } from './progress.mjs';
import { failed, schedule } from './schedule.mjs';
import { ensureServices } from './services.mjs';
import { allStages, choose } from './stages.mjs';

const SLOTS = 2;
const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** @returns {string | undefined} a Chromium for the browser tests */
function findChromium() {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH;
  const folders = (process.env.PATH ?? '').split(delimiter);
  return CHROMIUM.flatMap((name) => folders.map((folder) => join(folder, name))).find((file) => existsSync(file));
}

/**
 * Runs the chosen stages and prints the closing line last.
 * @param {{ root: string, args: string[], progress: import('./progress.mjs').Progress,
 *   shutdown: import('./shutdown.mjs').Shutdown }} options
 * @returns {Promise<{ code: number, closing: string }>} code 0 only when nothing failed
 */
export async function runSuite({ root, args, progress, shutdown }) {
  const { chosen, patterns } = choose(allStages(root), args);
  const servicesEnv = chosen.some(({ services }) => services) ? startServices(root, progress, shutdown) : undefined;
  // Whether they came up matters to the stages that await them; the others go on meanwhile.
  servicesEnv?.catch(() => undefined);

  const outcomes = await schedule(chosen, {
    slots: SLOTS,
    context: { root, shutdown, patterns, servicesEnv: () => servicesEnv ?? Promise.resolve({}) },
    onEnd(outcome) {
      if (shutdown.stopping()) return;
      const { stage, counts, output, ms } = outcome;
      if (failed(outcome)) progress.line(`\n${output.trimEnd()}\n`);
      progress.line(
        `${failed(outcome) ? '✗' : '✓'} ${stage.name.padEnd(16)} ${seconds(ms).padStart(7)}  ${closingLine(counts)}`,
      );
    },
  });

  const broken = outcomes.filter(failed);
  if (broken.length > 0) {
    progress.line('\nFailed:');
    for (const { stage } of broken) progress.line(`  ${stage.name.padEnd(16)} run it alone: npm test -- ${stage.name}`);
  }
  const total = sum(outcomes.map(({ counts }) => counts));
  return { code: total.failed === 0 ? 0 : 1, closing: closingLine(total) };
}

/**
 * @param {string} root
 * @param {import('./progress.mjs').Progress} progress
 * @param {import('./shutdown.mjs').Shutdown} shutdown
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
async function startServices(root, progress, shutdown) {
  const dataDir = join(root, '.data', 'test-services');
  const work = () => ensureServices({ root, dataDir, profile: 'test', shutdown, say: progress.line });
  const { mongodbUri, redisUrl } = await progress.step('Data services', work);
  const chromium = findChromium();
  if (!chromium) progress.line('› No Chromium found: tests in a browser will fail. Install it, or set CHROMIUM_PATH.');
  return { MONGODB_URI: mongodbUri, REDIS_URL: redisUrl, ...(chromium ? { CHROMIUM_PATH: chromium } : {}) };
}
