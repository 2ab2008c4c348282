/** `npm run test:chaos [-- part …]`: the long tests under bad conditions, all or those whose part is named. */
import { withServices } from './lib/with-services.mjs';

/** What belongs to each part: its long test, and what `npm test` checks of the same promises, so that one run shows them all. */
const PARTS = {
  scheduling: ['test/chaos/scheduling'],
  sync: ['test/chaos/sync', 'plugins/pms-[a-z]+/.*/pms-', 'test/bad-vendor', 'test/instant-confirm', 'test/pms-'],
};

const named = process.argv.slice(2);
const unknown = named.filter((part) => !(part in PARTS));
if (unknown.length > 0) {
  process.stderr.write(`There is no part ${unknown.join(' or ')}. Name any of: ${Object.keys(PARTS).join(', ')}.\n`);
  process.exit(1);
}
const parts = named.length > 0 ? named : Object.keys(PARTS);
await withServices(import.meta.url, [
  ...['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'],
  ...['--selectProjects', 'chaos', 'unit', 'e2e', '--runInBand', '--forceExit'],
  ...['--testPathPatterns', ...parts.flatMap((part) => PARTS[/** @type {keyof typeof PARTS} */ (part)])],
]);
