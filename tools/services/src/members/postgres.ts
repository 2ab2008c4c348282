import { chownSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { spawn } from 'node:child_process';
import { Client } from 'pg';
import { makeOpenFolder, type Places } from '../places.ts';
import { ServicesProblem } from '../problem.ts';
import { startMember, untilReady, type Member } from '../processes.ts';
import type { Profile } from '../state.ts';
import type { Tree } from '../tree/index.ts';

/** SIGINT is PostgreSQL's fast shutdown: open transactions are rolled back. */
export const POSTGRES: Member = { name: 'postgres', stopSignal: 'SIGINT' };

/** Names the socket's file only: PostgreSQL listens on no TCP port. */
export const POSTGRES_PORT = 5432;

function settings(places: Places, profile: Profile): Record<string, string> {
  return {
    listen_addresses: '',
    port: String(POSTGRES_PORT),
    unix_socket_directories: places.socket,
    unix_socket_permissions: '0700',
    max_connections: '110',
    shared_buffers: '128MB',
    jit: 'off',
    timezone: 'GMT',
    log_timezone: 'GMT',
    // The engine logs statements with their documents' text on errors: data has no place in a log.
    log_min_error_statement: 'panic',
    log_min_messages: 'fatal',
    idle_in_transaction_session_timeout: '90s',
    shared_preload_libraries: 'pg_cron,pg_documentdb_core,pg_documentdb',
    'cron.database_name': 'postgres',
    'cron.use_background_workers': 'on',
    'cron.log_run': 'off',
    'cron.log_statement': 'off',
    'documentdb.localhost_connection_string': `host=${places.socket}`,
    ...(profile === 'test' && { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
}

function makeFolder(path: string, places: Places): void {
  makeOpenFolder(dirname(path));
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (places.postgresUser) chownSync(path, places.postgresUser.uid, places.postgresUser.gid);
}

/** Runs initdb; its few lines are told when it fails. */
async function initCluster(places: Places, tree: Tree, cluster: string): Promise<void> {
  const args = ['-D', cluster, '-A', 'trust', '-U', 'postgres', '--encoding=UTF8', '--locale=C', '--no-sync'];
  const child = spawn(tree.initdb, [...args, '--locale-provider=builtin', '--builtin-locale=C.UTF-8'], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(places.postgresUser ?? {}),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const code = await new Promise((resolve) => child.once('error', (e) => resolve(e.message)).once('close', resolve));
  if (code === 0) return;
  rmSync(cluster, { recursive: true, force: true });
  const why = output.trim().split('\n').slice(-2).join(' ') || String(code);
  throw new ServicesProblem(
    `PostgreSQL's data folder ${cluster} could not be made: ${why}`,
    'Free the cause, try again.',
  );
}

function newClient(places: Places): Client {
  return new Client({ host: places.socket, port: POSTGRES_PORT, user: 'postgres', database: 'postgres' });
}

/** Whether PostgreSQL takes a connection now. */
export async function postgresAnswers(places: Places): Promise<boolean> {
  const client = newClient(places);
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

/** The engine's extension, and none of its jobs that poll for index builds: the gateway builds indexes at once. */
async function prepareEngine(places: Places): Promise<void> {
  const client = newClient(places);
  await client.connect();
  try {
    await client.query('create extension if not exists documentdb cascade');
    await client.query(
      "select cron.alter_job(jobid, active := false) from cron.job where active and jobname like 'documentdb_index_build%'",
    );
  } finally {
    await client.end();
  }
}

/** Starts PostgreSQL and waits until it takes commands; the first time it also makes the cluster. */
export async function startPostgres(places: Places, tree: Tree, profile: Profile): Promise<number> {
  makeFolder(places.postgres, places);
  makeFolder(places.socket, places);
  const cluster = join(places.postgres, 'cluster');
  if (!existsSync(join(cluster, 'PG_VERSION'))) {
    rmSync(cluster, { recursive: true, force: true });
    await initCluster(places, tree, cluster);
  }
  const args = Object.entries(settings(places, profile)).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const pid = await startMember(places.data, POSTGRES, {
    command: tree.postgres,
    args: ['-D', cluster, ...args],
    cwd: '/',
    user: places.postgresUser,
  });
  await untilReady(places.data, POSTGRES, () => postgresAnswers(places));
  await prepareEngine(places);
  return pid;
}
