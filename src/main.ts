import 'reflect-metadata';
import { ConfigError, LOG, readConfig, type Config, type Log } from './config/index.js';
import { Persistence } from './persistence/index.js';

/** One entry for every role. The configuration is read before anything of the house is loaded (law 10). */
async function main(): Promise<void> {
  const config = readConfig();
  const { createApp } = await import('./create-app.js');
  const app = await createApp(config);
  const log = app.get<Log>(LOG);
  await app.get(Persistence).connected();
  app.enableShutdownHooks();
  limitDrain(config, log);
  await app.listen(config.PORT, config.HOST);
  log.info({ role: config.ROLE, url: await app.getUrl() }, 'OpenChair serves');
}

/** What has not ended when the drain time is over is cut off; its work is found again in the database. */
function limitDrain(config: Config, log: Log): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      setTimeout(() => {
        log.warn('the drain time is over, ending now');
        process.exit(1);
      }, config.DRAIN_SECONDS * 1_000).unref();
    });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(1);
});

function messageOf(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE') return 'The port is in use. Set PORT to a free one, or end the other process.';
  if (/ServerSelection/.test(error.name)) return 'The database does not answer. Check MONGODB_URI and that it runs.';
  return error.stack ?? error.message;
}
