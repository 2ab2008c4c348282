/** `npm start` once Node 24 and the dependencies are there: everything up, the demo seeded, then watch until asked to stop. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { appCommand, appEnded, startApp, startInbox, whenReady } from './app.mjs';
import { ensureBuilt } from './build.mjs';
import { demoOf, demoSecrets, writeJson } from './files.mjs';
import { choosePort, nextFree } from './ports.mjs';
import { clearRunning, readRunning, writeRunning } from './running.mjs';
import { demoServices, ensureServices } from './services.mjs';

const SMTP_PORT = 1025;
const INBOX_PORT = 8025;

/**
 * Brings the demo up and stays until the app ends, which is a failure: the ordinary end is a signal.
 * @param {{ root: string, progress: import('./progress.mjs').Progress, shutdown: import('./shutdown.mjs').Shutdown }} options
 * @returns {Promise<never>}
 */
export async function runDemo({ root, progress, shutdown }) {
  const logs = join(root, '.data', 'logs');
  mkdirSync(logs, { recursive: true });
  /** @type {import('./running.mjs').Running} */
  const running = { pid: process.pid, children: [] };
  const inherited = readRunning(root)?.ownsServices ?? false;
  writeRunning(root, running);
  shutdown.defer(() => clearRunning(root));

  const port = await choosePort(process.env.PORT, progress.line);
  const baseUrl = process.env.BASE_URL || `http://localhost:${port}`;
  const localUrl = `http://127.0.0.1:${port}`;
  running.baseUrl = localUrl;
  writeRunning(root, running);

  const onOwned = () => writeRunning(root, Object.assign(running, { ownsServices: true }));
  const smtpPort = await nextFree(SMTP_PORT);
  const httpPort = await nextFree(INBOX_PORT);
  const [services, inbox] = await Promise.all([
    progress.step('Data services', () =>
      ensureServices({
        root,
        dataDir: demoServices(root),
        profile: 'dev',
        shutdown,
        say: progress.line,
        inherited,
        onOwned,
      }),
    ),
    startInbox({ root, smtpPort, httpPort, logs, shutdown }),
    ensureBuilt(root, progress, shutdown),
  ]);
  running.children.push({ pid: inbox.pid, script: inbox.script });
  writeRunning(root, running);

  const env = {
    NODE_ENV: 'development',
    DRAIN_SECONDS: '10',
    ...demoSecrets(root),
    ...process.env,
    ROLE: 'all',
    PORT: String(port),
    BASE_URL: baseUrl,
    MONGODB_URI: services.mongodbUri,
    REDIS_URL: services.redisUrl,
    SMTP_URL: process.env.SMTP_URL || inbox.smtpUrl,
    // The demo's mailbox is on this machine, where plugins may not call unless they are let.
    OUTBOUND_ALLOW: process.env.OUTBOUND_ALLOW || '127.0.0.1',
    INBOX_URL: `http://127.0.0.1:${httpPort}`,
  };
  const common = { root, env, logs, shutdown };
  await progress.step('Preparing the database', () => appCommand('migrate', common));
  const { app, seed } = await progress.step('Starting the app with the demo practice', async () => {
    const app = await startApp({ ...common, say: progress.line });
    running.children.push({ pid: app.pid, script: app.script });
    writeRunning(root, running);
    const [seed] = await Promise.all([appCommand('seed-demo', common), whenReady(app, localUrl, { port, logs })]);
    return { app, seed };
  });

  const demo = demoOf({ baseUrl, inboxUrl: inbox.url, seed });
  writeJson(join(root, '.data', 'demo.json'), demo, 0o600);
  progress.line(welcome(demo));
  await app.ended;
  if (shutdown.stopping()) return shutdown.exit(0);
  throw appEnded(app, logs);
}

/** @param {import('./files.mjs').Demo} demo */
function welcome(demo) {
  const rows = [
    ['Book a visit', demo.bookingUrl],
    ['API and docs', demo.docsUrl],
    ['Inbox (every mail it sends)', demo.inboxUrl],
    ['Base URL', demo.baseUrl],
    ['Widget key', demo.widgetKey],
    ['API key', demo.apiKey],
  ];
  const lines = rows.map(([what, value]) => `  ${what?.padEnd(28)} ${value}`);
  return [
    '',
    'OpenChair is up.',
    '',
    ...lines,
    '',
    '  The same is in .data/demo.json; logs are in .data/logs. Ctrl-C stops everything.',
    '',
  ].join('\n');
}
