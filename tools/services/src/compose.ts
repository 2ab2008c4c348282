import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Needs } from './engine.ts';
import { withLock } from './lock.ts';
import { checkoutRoot, shortHash, type Places } from './places.ts';
import { freePort } from './ports.ts';
import type { Running } from './private-services.ts';
import { OTHER_WAYS, ServicesProblem, type Progress } from './problem.ts';
import { readState, writeState } from './state.ts';
import { runCommand } from './tree/command.ts';

/** One Compose project for each data folder, so that checkouts do not share containers. */
function projectArgs(places: Places): string[] {
  return ['compose', '-f', join(checkoutRoot(), 'compose.yaml'), '-p', `openchair-${shortHash(places.data)}`];
}

async function compose(places: Places, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { ok, output } = await runCommand('docker', [...projectArgs(places), ...args], env);
  if (ok) return output;
  const words = output.trim().split('\n').slice(-3).join(' ');
  throw new ServicesProblem(`docker compose ${args[0]} failed: ${words}`, `Put that right. ${OTHER_WAYS}`);
}

async function runningServices(places: Places): Promise<string[]> {
  return (await compose(places, ['ps', '--services', '--status', 'running'])).trim().split(/\s+/).filter(Boolean);
}

/** What of the Compose project runs. */
export async function describeCompose(places: Places): Promise<Running> {
  const { mongodbPort, redisPort } = readState(places.data);
  const running = await runningServices(places);
  return {
    mongodbUri: running.includes('mongodb') ? `mongodb://127.0.0.1:${mongodbPort}/?directConnection=true` : undefined,
    redisUrl: running.includes('redis') ? `redis://127.0.0.1:${redisPort}` : undefined,
    versions: { mongodb: 'image mongo:8', redis: 'image redis:8' },
    pids: {},
  };
}

/** Brings the wanted Compose services up and waits until they are healthy. */
export async function upCompose(places: Places, needs: Needs, progress: Progress): Promise<Running> {
  mkdirSync(places.data, { recursive: true });
  return withLock(places.data, async () => {
    const wanted = [needs.mongodb && 'mongodb', needs.redis && 'redis'].filter((name) => name !== false);
    const running = await runningServices(places);
    const state = readState(places.data);
    if (!running.includes('mongodb')) state.mongodbPort = await freePort(state.mongodbPort);
    if (!running.includes('redis')) state.redisPort = await freePort(state.redisPort);
    writeState(places.data, state);
    if (wanted.some((name) => !running.includes(name))) {
      progress(`data services: docker compose up ${wanted.join(' ')} …`);
      await compose(places, ['up', '--detach', '--wait', '--wait-timeout', '180', ...wanted], {
        OPENCHAIR_MONGODB_PORT: String(state.mongodbPort),
        OPENCHAIR_REDIS_PORT: String(state.redisPort),
      });
    }
    return describeCompose(places);
  });
}

/** Stops the containers; `volumes` also deletes their data. Gives the services that ran. */
export async function downCompose(places: Places, volumes: boolean): Promise<string[]> {
  return withLock(places.data, async () => {
    const running = await runningServices(places);
    await compose(places, volumes ? ['down', '--volumes'] : ['down']);
    if (volumes) rmSync(places.data, { recursive: true, force: true });
    return running;
  });
}
