import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Places } from '../places.ts';
import { ask } from '../ports.ts';
import { startMember, untilReady, type Member } from '../processes.ts';
import type { Profile } from '../state.ts';
import { runCommand } from '../tree/command.ts';

export const REDIS: Member = { name: 'redis', stopSignal: 'SIGTERM' };

/** The oldest Redis that will do. */
const OLDEST_MAJOR = 7;

/** Whether Redis answers and has loaded its data. */
export async function redisAnswers(port: number): Promise<boolean> {
  return (await ask(port, 'PING\r\n'))?.startsWith('+PONG') === true;
}

/** The host's own redis-server and its version, when it is new enough. */
export async function hostRedis(): Promise<{ command: string; version: string } | undefined> {
  const { ok, output } = await runCommand('redis-server', ['--version']);
  const version = ok ? /v=(\d+\.[\d.]+)/.exec(output)?.[1] : undefined;
  return version && Number.parseInt(version, 10) >= OLDEST_MAJOR ? { command: 'redis-server', version } : undefined;
}

/** Starts Redis; it never drops keys to make room, because queues lie in it. */
export async function startRedis(places: Places, command: string, port: number, profile: Profile): Promise<number> {
  const folder = join(places.data, 'redis');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const settings = {
    bind: '127.0.0.1',
    port: String(port),
    dir: folder,
    daemonize: 'no',
    appendonly: 'yes',
    appendfsync: profile === 'test' ? 'no' : 'everysec',
    save: '',
    'maxmemory-policy': 'noeviction',
  };
  const pid = await startMember(places.data, REDIS, {
    command,
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    cwd: folder,
    user: null,
  });
  await untilReady(places.data, REDIS, () => redisAnswers(port));
  return pid;
}
