import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { ConfigError, readConfig } from './config/index.js';
import { Migrator, Persistence } from './persistence/index.js';

const USAGE = 'usage: openchair migrate | seed-demo | openapi [--check]';
const DOCUMENT = join(__dirname, '..', 'openapi', 'openapi.json');

/** Settings under which the document is made: it is the same for every installation, and no service is asked. */
const OFFLINE = {
  NODE_ENV: 'production',
  BASE_URL: 'https://openchair.example',
  MONGODB_URI: 'mongodb://127.0.0.1:1',
  REDIS_URL: 'redis://127.0.0.1:1',
  MASTER_KEYS: `offline:${Buffer.alloc(32).toString('base64')}`,
  SIGNING_KEYS: `offline:${'MC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'}`,
  LOG_LEVEL: 'silent',
};

async function migrate(): Promise<void> {
  await withApp(async (app) => {
    const { collections, indexes } = await app.get(Migrator).run();
    const { ZoneRules } = await import('./scheduling/index.js');
    const zones = await app.get(ZoneRules, { strict: false }).follow();
    process.stdout.write(`${JSON.stringify({ collections, indexes, zones })}\n`);
  });
}

async function seedDemo(): Promise<void> {
  await withApp(async (app) => {
    const { DemoSeed } = await import('./demo/index.js');
    process.stdout.write(`${JSON.stringify(await app.get(DemoSeed).run())}\n`);
  });
}

/** Writes openapi/openapi.json from the built application; with `--check` it fails when the committed one differs. */
async function openapi(check: boolean): Promise<void> {
  const { createApp } = await import('./create-app.js');
  const { createOpenApi } = await import('./http/index.js');
  const app = await createApp(readConfig(OFFLINE));
  const made = `${JSON.stringify(createOpenApi(app), null, 2)}\n`;
  if (!check) return writeFileSync(DOCUMENT, made);
  if (readFileSync(DOCUMENT, 'utf8') === made) return;
  throw new Error(
    'openapi/openapi.json is not what the application says. Run: npm run build && node dist/cli.js openapi',
  );
}

/** The rooms know each other, as when serving, but nothing is worked off: `ROLE` does not count here. */
async function withApp(work: (app: INestApplicationContext) => Promise<void>): Promise<void> {
  const { createApp } = await import('./create-app.js');
  const app = await createApp({ ...readConfig(), ROLE: 'api' });
  await app.get(Persistence).connected();
  await app.init();
  await work(app);
  await app.close();
}

async function main([command, option]: string[]): Promise<void> {
  if (command === 'migrate') return migrate();
  if (command === 'seed-demo') return seedDemo();
  if (command === 'openapi') return openapi(option === '--check');
  throw new ConfigError(USAGE);
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
