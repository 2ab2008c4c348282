import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { withLock } from '../lock.ts';
import { makeOpenFolder } from '../places.ts';
import { secondsSince, ServicesProblem, type Progress } from '../problem.ts';
import { downloadPackages, explainFailure, requireAptHost } from './apt.ts';
import { finishTree, POSTGRES_LIB, unpackPackages } from './unpack.ts';

/** Programs unpacked from Debian's packages, ready to run from where they lie. */
export interface Tree {
  /** Names the versions inside. */
  readonly key: string;
  readonly postgres: string;
  readonly initdb: string;
  readonly redisServer: string;
  /** Debian's versions of the packages that matter. */
  readonly versions: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly suite: string;
  readonly packages: Readonly<Record<string, string>>;
}

const MANIFEST = 'openchair-tree.json';
const SHOWN = { postgresql: 'postgresql-18', documentdb: 'postgresql-18-documentdb', redis: 'redis-server' };

function openTree(home: string): Tree {
  const manifest = JSON.parse(readFileSync(join(home, MANIFEST), 'utf8')) as Manifest;
  const versions = Object.entries(SHOWN).map(([name, pkg]) => [name, manifest.packages[pkg] ?? 'unknown']);
  return {
    key: basename(home),
    postgres: join(home, POSTGRES_LIB, 'bin/postgres'),
    initdb: join(home, POSTGRES_LIB, 'bin/initdb'),
    redisServer: join(home, 'usr/bin/redis-server'),
    versions: { ...(Object.fromEntries(versions) as Record<string, string>), suite: `Debian ${manifest.suite}` },
  };
}

/** A whole tree in the cache: the one asked for, else any; undefined when there is none. */
export function findTree(cache: string, key?: string): Tree | undefined {
  const trees = join(cache, 'trees');
  if (!existsSync(trees)) return undefined;
  const whole = readdirSync(trees).filter((name) => existsSync(join(trees, name, MANIFEST)));
  const name = key !== undefined && whole.includes(key) ? key : whole.sort().at(-1);
  return name === undefined ? undefined : openTree(join(trees, name));
}

/** `name_version_arch.deb` → name and version (apt writes `:` as `%3a`). */
function packageOf(file: string): [string, string] {
  const [name, version] = basename(file, '.deb').split('_');
  return [name!, decodeURIComponent(version!)];
}

async function buildTree(cache: string, progress: Progress): Promise<Tree> {
  await requireAptHost();
  const trees = join(cache, 'trees');
  makeOpenFolder(trees);
  for (const left of readdirSync(cache).filter((name) => name.startsWith('build-'))) {
    rmSync(join(cache, left), { recursive: true, force: true });
  }
  const work = mkdtempSync(join(cache, 'build-'));
  try {
    const { suite, files } = await downloadPackages(join(work, 'apt'), progress);
    const packages = Object.fromEntries(files.map(packageOf));
    const digest = createHash('sha256')
      .update(JSON.stringify(Object.entries(packages).sort()))
      .digest('hex');
    const [postgres, documentdb] = [packages[SHOWN.postgresql], packages[SHOWN.documentdb]];
    const key = `postgresql-${postgres}-documentdb-${documentdb}-${digest.slice(0, 8)}`.replace(/[^\w.+-]/g, '_');
    const home = join(trees, key);
    if (existsSync(join(home, MANIFEST))) return openTree(home);
    const start = performance.now();
    const folder = join(work, 'tree');
    await unpackPackages(files, folder);
    finishTree(folder, home);
    writeFileSync(join(folder, MANIFEST), `${JSON.stringify({ suite, packages }, null, 2)}\n`);
    rmSync(home, { recursive: true, force: true });
    renameSync(folder, home);
    progress(`data services: unpacked to ${home}, ${secondsSince(start)}`);
    return openTree(home);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * The tree of programs, fetched from Debian when the cache has none (145 MB, once a machine).
 * @param key the tree that existing data was made with
 */
export async function ensureTree(cache: string, key: string | undefined, progress: Progress): Promise<Tree> {
  const found = findTree(cache, key);
  if (found) return found;
  try {
    makeOpenFolder(cache);
    return await withLock(
      join(cache, 'trees'),
      async () => findTree(cache, key) ?? (await buildTree(cache, progress)),
      () => progress('data services: another process is fetching them, waiting …'),
    );
  } catch (error) {
    if (error instanceof ServicesProblem) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC') throw explainFailure('No space left on device', '')!;
    if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') {
      throw new ServicesProblem(
        `The cache folder ${cache} cannot be written (${code}).`,
        'Set XDG_CACHE_HOME to a folder that can.',
      );
    }
    throw new ServicesProblem(`The data services could not be unpacked: ${message}.`, 'Try again.');
  }
}
