/** `npm run test:chaos [-- part …]`: the long tests under bad conditions, all or those whose name is given. */
import { withServices } from './lib/with-services.mjs';

const parts = process.argv.slice(2);
const args = [
  ...['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'],
  ...['--selectProjects=chaos', '--runInBand', '--forceExit'],
  ...(parts.length > 0 ? ['--testPathPatterns', ...parts] : []),
];
await withServices(import.meta.url, args);
