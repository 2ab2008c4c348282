import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Places } from '../places.ts';
import { ask } from '../ports.ts';
import { startMember, untilReady, type Member } from '../processes.ts';
import { POSTGRES_PORT } from './postgres.ts';

export const GATEWAY: Member = { name: 'gateway', stopSignal: 'SIGTERM' };

/** Whether the gateway takes a connection. */
export async function gatewayAnswers(port: number): Promise<boolean> {
  return (await ask(port, '')) !== null;
}

/** Starts the gateway as a process of its own. */
export async function startGatewayProcess(places: Places, port: number): Promise<number> {
  const main = join(dirname(fileURLToPath(import.meta.url)), '../gateway/main.ts');
  const where = ['--port', String(port), '--postgres', places.socket, '--postgres-port', String(POSTGRES_PORT)];
  const pid = await startMember(places.data, GATEWAY, {
    command: process.execPath,
    args: [main, ...where],
    cwd: '/',
    user: null,
    // What the caller set for itself (loaders, inspectors) is not the gateway's.
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  await untilReady(places.data, GATEWAY, () => gatewayAnswers(port));
  return pid;
}
