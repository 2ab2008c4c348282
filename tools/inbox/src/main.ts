import { parseArgs } from 'node:util';
import { startInbox } from './inbox.ts';

const USAGE = 'usage: node tools/inbox/src/main.ts --smtp-port PORT --http-port PORT --data DIRECTORY';

function portOf(text: string | undefined): number {
  const port = Number(text);
  if (text === undefined || !Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(USAGE);
  return port;
}

try {
  const { values } = parseArgs({
    options: { 'smtp-port': { type: 'string' }, 'http-port': { type: 'string' }, data: { type: 'string' } },
  });
  if (!values.data) throw new Error(USAGE);
  const inbox = await startInbox({
    smtpPort: portOf(values['smtp-port']),
    httpPort: portOf(values['http-port']),
    dataDirectory: values.data,
    now: Date.now,
  });
  const stop = () => void inbox.stop();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const { url, smtpPort, httpPort } = inbox;
  console.log(JSON.stringify({ ready: true, url, smtpPort, httpPort }));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
