/** `npm run bench [-- part …]`: builds, starts the data services and measures. */
import { withServices } from './lib/with-services.mjs';

const args = ['--expose-gc', '--import', './test/bench/loader.mjs', 'test/bench/run.ts', ...process.argv.slice(2)];
await withServices(import.meta.url, args);
