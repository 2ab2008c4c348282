import { parseArgs } from 'node:util';
import { startGateway } from './server.ts';

/**
 * The gateway as a process of its own:
 * `node src/gateway/main.ts --port PORT --postgres SOCKET_FOLDER --postgres-port PORT`.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    postgres: { type: 'string' },
    'postgres-port': { type: 'string', default: '5432' },
  },
});

const gateway = await startGateway({
  port: Number(values.port ?? 0),
  postgresHost: values.postgres ?? '127.0.0.1',
  postgresPort: Number(values['postgres-port']),
  log: (line) => console.error(line),
});
console.log(`MongoDB gateway on 127.0.0.1:${gateway.port}`);

let closing = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (closing) return;
    closing = true;
    void gateway.close().then(() => process.exit(0));
  });
}
