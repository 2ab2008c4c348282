import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServicesProblem } from './problem.ts';

/** The uid and gid a process runs under. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** Folders of one set of services. */
export interface Places {
  /** State, pid files, logs, Redis's data. */
  readonly data: string;
  /** PostgreSQL's cluster; elsewhere than `data` when its user cannot reach that. */
  readonly postgres: string;
  /** PostgreSQL's socket folder: socket paths may not exceed 107 bytes. */
  readonly socket: string;
  /** Trees of programs, shared by all checkouts. */
  readonly cache: string;
  /** Who PostgreSQL runs as when we are root; null: as ourselves. */
  readonly postgresUser: Identity | null;
}

/** The longest socket folder: `/.s.PGSQL.5432.lock` follows it. */
const MAX_SOCKET_FOLDER = 107 - '/.s.PGSQL.5432.lock'.length;

/** The root of this checkout. */
export function checkoutRoot(): string {
  return resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
}

/** Whether another user can walk down to `path` (its missing end does not count). */
export function isReachableBy(identity: Identity, path: string): boolean {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const found = statSync(folder, { throwIfNoEntry: false });
    const others = found && (found.mode & 0o001) !== 0;
    const own = found && found.uid === identity.uid && (found.mode & 0o100) !== 0;
    if (found && !others && !own) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** Makes a folder and its missing parents so that other users can walk through them, whatever the umask is. */
export function makeOpenFolder(path: string): void {
  if (existsSync(path)) return;
  makeOpenFolder(dirname(path));
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o755);
}

/** PostgreSQL refuses to run as root: then it runs as the system's user `nobody`. */
function postgresUser(): Identity | null {
  if (process.getuid?.() !== 0) return null;
  const line = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
  if (!line) {
    throw new ServicesProblem(
      'PostgreSQL does not run as root and this system has no user "nobody" to run it as.',
      'Run this as an ordinary user.',
    );
  }
  return { uid: Number(line[1]), gid: Number(line[2]) };
}

function cacheFolder(env: NodeJS.ProcessEnv, other: Identity | null): string {
  const named = env.XDG_CACHE_HOME && join(env.XDG_CACHE_HOME, 'openchair');
  if (named && (!other || isReachableBy(other, named))) return named;
  if (other) return '/var/cache/openchair';
  return join(homedir(), '.cache', 'openchair');
}

/** A short name for a folder, for things kept elsewhere on its behalf. */
export function shortHash(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 12);
}

/**
 * Works out where everything lies. Nothing is created.
 * @param dataDir default: `.data/services` in the checkout
 */
export function findPlaces(dataDir: string | undefined, env: NodeJS.ProcessEnv): Places {
  const data = resolve(dataDir ?? join(checkoutRoot(), '.data', 'services'));
  const other = postgresUser();
  const cache = cacheFolder(env, other);
  const near = join(data, 'postgres');
  const postgres = !other || isReachableBy(other, near) ? near : join(cache, 'data', shortHash(data));
  const inside = join(postgres, 'socket');
  const owner = other?.uid ?? process.getuid?.() ?? 0;
  const socket =
    Buffer.byteLength(inside) <= MAX_SOCKET_FOLDER ? inside : join(tmpdir(), `openchair-${owner}-${shortHash(data)}`);
  return { data, postgres, socket, cache, postgresUser: other };
}
