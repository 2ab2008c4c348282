// Stands in for tools/services: `up` leaves a detached process behind, as real data services do; `down` ends it.
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const addresses = { mongodbUri: 'mongodb://127.0.0.1:1/x', redisUrl: 'redis://127.0.0.1:1' };
const verb = process.argv[2];
const data = process.argv[process.argv.indexOf('--data') + 1] ?? '.';
const file = join(data, 'pid');
mkdirSync(data, { recursive: true });
const pid = (() => {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
})();

if (verb === 'status') console.log(JSON.stringify(pid === undefined ? {} : addresses));
if (verb === 'down' && pid !== undefined) {
  process.kill(pid);
  rmSync(file);
}
if (verb === 'up' && process.env.STANDIN_NO_SERVICES) {
  console.error('There is neither apt nor Docker here. Start Docker, or set MONGODB_URI and REDIS_URL.');
  process.exit(1);
}
if (verb === 'up') {
  if (pid === undefined) {
    const service = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore', detached: true });
    service.unref();
    writeFileSync(file, String(service.pid));
    appendFileSync('pids', `${service.pid}\n`);
  }
  console.error('some progress');
  console.log(JSON.stringify(addresses));
}
