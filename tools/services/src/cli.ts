import { parseArgs } from 'node:util';
import { down, reset, ServicesProblem, status, up, type Services, type ServicesOptions } from './index.ts';

const USAGE = 'usage: node tools/services/src/cli.ts up|down|status|reset [--data DIR] [--profile dev|test] [--json]';

function print(services: Services): void {
  console.log(`engine    ${services.engine}`);
  console.log(`mongodb   ${services.mongodbUri ?? 'not running'}`);
  console.log(`redis     ${services.redisUrl ?? 'not running'}`);
  for (const [name, version] of Object.entries(services.versions)) console.log(`version   ${name} ${version}`);
  for (const [name, pid] of Object.entries(services.pids)) console.log(`process   ${name} ${pid}`);
  console.log(`data      ${services.dataDir}`);
  for (const note of services.notes) console.log(`note      ${note}`);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      data: { type: 'string' },
      profile: { type: 'string', default: 'dev' },
      json: { type: 'boolean', default: false },
    },
  });
  const { profile } = values;
  if (profile !== 'dev' && profile !== 'test') throw new TypeError(`--profile is dev or test; ${USAGE}`);
  const options: ServicesOptions = {
    ...(values.data !== undefined && { dataDir: values.data }),
    profile,
    onProgress: (line: string) => console.error(line),
  };
  const show = (services: Services): void => {
    if (values.json) console.log(JSON.stringify(services));
    else print(services);
  };
  const stopped = (names: string[]): void => {
    if (values.json) console.log(JSON.stringify({ stopped: names }));
    else console.log(names.length > 0 ? `stopped ${names.join(', ')}` : 'nothing was running');
  };
  switch (positionals[0] ?? '') {
    case 'up':
      return show(await up(options));
    case 'status':
      return show(await status(options));
    case 'down':
      return stopped(await down(options));
    case 'reset':
      return stopped(await reset(options));
    default:
      throw new TypeError(USAGE);
  }
}

try {
  await main();
} catch (error) {
  const known = error instanceof ServicesProblem || error instanceof TypeError;
  console.error(known ? error.message : error);
  process.exitCode = 1;
}
