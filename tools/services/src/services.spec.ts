import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import { chooseEngine, dockerAnswers, type Engine, type EngineEnv } from './engine.ts';
import { down, reset, status, up, type RunningServices, type ServicesOptions } from './index.ts';
import { withLock } from './lock.ts';
import { checkoutRoot, findPlaces, isReachableBy } from './places.ts';
import { freshDataDir, privateEnv } from './spec-support.ts';
import { debianMirrorOf, parseDeb822, parseOneLine } from './tree/apt-sources.ts';
import { explainFailure } from './tree/apt.ts';

/** Folders of this spec, closed to other users as mkdtemp makes them. */
const folders: string[] = [];

function closedFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'openchair-spec-'));
  folders.push(folder);
  return folder;
}

afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

const onDebian = existsSync('/usr/bin/apt-get') ? describe : describe.skip;

describe('the choice of an engine', () => {
  const answers = (yes: boolean) => async () => yes;
  const mongo = { MONGODB_URI: 'mongodb://db.example' };
  const redis = { REDIS_URL: 'redis://queue.example' };

  it.each<[string, EngineEnv, boolean, Engine['kind'], boolean, boolean]>([
    ['both given, whatever Docker says', { ...mongo, ...redis }, true, 'external', false, false],
    ['nothing given, Docker answers', {}, true, 'compose', true, true],
    ['nothing given, no Docker', {}, false, 'private', true, true],
    ['empty values are none', { MONGODB_URI: '', REDIS_URL: '' }, false, 'private', true, true],
    ['only MongoDB given', mongo, true, 'compose', false, true],
    ['only Redis given', redis, false, 'private', true, false],
  ])('%s', async (_name, env, docker, kind, mongodb, needsRedis) => {
    expect(await chooseEngine(env, answers(docker))).toEqual({ kind, needs: { mongodb, redis: needsRedis } });
  });

  it('asks Docker for an engine and for Compose', async () => {
    const bin = closedFolder();
    const install = (script: string): void => {
      writeFileSync(join(bin, 'docker'), `#!/bin/sh\n${script}\n`);
      chmodSync(join(bin, 'docker'), 0o755);
    };
    expect(await dockerAnswers({ PATH: bin })).toBe(false);
    install('exit 0');
    expect(await dockerAnswers({ PATH: bin })).toBe(true);
    install('[ "$1" = compose ]');
    expect(await dockerAnswers({ PATH: bin })).toBe(false);
    install('[ "$1" = info ]');
    expect(await dockerAnswers({ PATH: bin })).toBe(false);
  });

  it('starts nothing when both are given', async () => {
    const options = { dataDir: freshDataDir(), env: { ...privateEnv(), ...mongo, ...redis } };
    expect(await up(options)).toMatchObject({
      engine: 'external',
      mongodbUri: mongo.MONGODB_URI,
      redisUrl: redis.REDIS_URL,
      pids: {},
    });
    expect(existsSync(options.dataDir)).toBe(false);
  });
});

describe('the host’s package sources', () => {
  it('gives the mirror of Debian’s main, not what only looks like it', () => {
    const list = [
      '# deb http://off.example/debian bookworm main',
      'deb [arch=amd64 signed-by=/k/vendor.gpg] https://vendor.example/debian bookworm main',
      'deb https://tool.example/apt tool-bookworm main',
      'deb-src http://mirror.example/debian bookworm main',
      'deb http://mirror.example/debian/ bookworm main contrib # ours',
      'deb http://security.example/debian-security bookworm-security main',
    ].join('\n');
    expect(debianMirrorOf(parseOneLine(list))).toBe('http://mirror.example/debian/');
    const stanzas = [
      'Types: deb\nURIs: https://node.example/node_20.x\nSuites: nodistro\nComponents: main',
      'Enabled: no\nTypes: deb\nURIs: http://off.example/debian\nSuites: trixie\nComponents: main',
      'Types: deb deb-src\n# a comment\nURIs:\n http://deb822.example/debian\nSuites: trixie trixie-updates\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg',
    ].join('\n\n');
    expect(debianMirrorOf(parseDeb822(stanzas))).toBe('http://deb822.example/debian');
    const ubuntu = 'Types: deb\nURIs: http://archive.example/ubuntu\nSuites: noble\nComponents: main universe';
    expect(debianMirrorOf(parseDeb822(ubuntu))).toBeUndefined();
    expect(debianMirrorOf(parseOneLine('not a source\n\u0000'))).toBeUndefined();
  });

  it('explains failures in a sentence with what to do', () => {
    const of = (output: string): string | undefined => explainFailure(output, 'http://m.example/debian')?.message;
    expect(of('E: Write error - write (28: No space left on device)')).toMatch(/disk is full.*XDG_CACHE_HOME/);
    expect(of("Err: Temporary failure resolving 'm.example'")).toMatch(/m\.example.*network.*MONGODB_URI/);
    expect(of('W: GPG error: NO_PUBKEY 6ED0E7B82643E131')).toMatch(/debian-archive-keyring/);
    expect(of('E: Unable to locate package x')).toBeUndefined();
  });
});

describe('places', () => {
  it('sees which folders another user can reach, and keeps socket paths short', () => {
    const nobody = { uid: 65534, gid: 65534 };
    const closed = closedFolder();
    expect(isReachableBy(nobody, join(closed, 'a/b'))).toBe(false);
    chmodSync(closed, 0o755);
    expect(isReachableBy(nobody, join(closed, 'a/b'))).toBe(true);
    const deep = join(closed, 'x'.repeat(120));
    expect(findPlaces(deep, privateEnv()).socket.length).toBeLessThan(90);
  });
});

describe('the lock', () => {
  it('lets one in at a time and wakes the next', async () => {
    let inside = 0;
    let most = 0;
    const name = freshDataDir();
    const visit = (): Promise<void> =>
      withLock(name, async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setImmediate(resolve));
        inside -= 1;
      });
    await Promise.all(Array.from({ length: 20 }, visit));
    await expect(withLock(name, () => Promise.reject(new Error('inside')))).rejects.toThrow('inside');
    await visit();
    expect(most).toBe(1);
  });
});

onDebian('private services', () => {
  // Run as root, PostgreSQL's user cannot reach this folder, and its data lies elsewhere.
  const options: ServicesOptions = { dataDir: join(closedFolder(), 'services'), profile: 'test', env: privateEnv() };
  const data = options.dataDir!;
  let first: RunningServices;

  beforeAll(async () => {
    first = await up(options);
  }, 600_000);

  afterAll(() => reset(options), 60_000);

  async function remember(services: RunningServices): Promise<number> {
    const client = await new MongoClient(services.mongodbUri).connect();
    const things = client.db('spec_up').collection('things');
    await things.insertOne({});
    const count = await things.countDocuments();
    await client.close();
    return count;
  }

  it('gives addresses, versions and pids; Redis keeps what it has and evicts nothing', async () => {
    expect(Object.keys(first.pids).sort()).toEqual(['gateway', 'postgres', 'redis']);
    expect(first.versions.postgresql).toMatch(/^18\./);
    expect(first.notes).toHaveLength(process.getuid?.() === 0 ? 1 : 0);
    expect(await status(options)).toEqual(first);
    expect(await remember(first)).toBe(1);
    const redis = new Redis(first.redisUrl);
    expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    expect(await redis.config('GET', 'appendonly')).toEqual(['appendonly', 'yes']);
    expect(Number((/redis_version:(\d+)/.exec(await redis.info('server')) ?? [])[1])).toBeGreaterThanOrEqual(7);
    await redis.quit();
  });

  it('changes nothing when all runs, in well under a second, however often it is called at once', async () => {
    const start = performance.now();
    expect(await up(options)).toEqual(first);
    expect(performance.now() - start).toBeLessThan(1000);
    expect(await Promise.all([up(options), up(options), up(options)])).toEqual([first, first, first]);
  });

  it('answers as JSON on the command line', async () => {
    const cli = join(checkoutRoot(), 'tools/services/src/cli.ts');
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, [cli, 'status', '--json', '--data', data], { env: privateEnv() });
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(first)));
    await expect(run(process.execPath, [cli, 'dance'], { env: privateEnv() })).rejects.toMatchObject({
      stderr: expect.stringContaining('usage:') as string,
    });
  });

  it('starts again what was killed and leaves the rest, with the data', async () => {
    process.kill(first.pids.gateway!, 'SIGKILL');
    process.kill(first.pids.redis!, 'SIGKILL');
    const again = await up(options);
    expect(again.pids.postgres).toBe(first.pids.postgres);
    expect(again.pids.gateway).not.toBe(first.pids.gateway);
    expect(again).toMatchObject({ mongodbUri: first.mongodbUri, redisUrl: first.redisUrl });
    process.kill(again.pids.postgres!, 'SIGKILL');
    const third = await up(options);
    expect(third.mongodbUri).toBe(first.mongodbUri);
    expect(await remember(third)).toBe(2);
    first = third;
  }, 60_000);

  it('does not take a stranger’s process for its own, nor stop it', async () => {
    const file = join(data, 'redis.pid');
    const ours = readFileSync(file, 'utf8');
    writeFileSync(file, `${process.pid} ${ours.split(' ')[1]}`);
    expect((await status(options)).pids.redis).toBeUndefined();
    writeFileSync(file, ours);
    expect((await status(options)).pids.redis).toBe(first.pids.redis);
  });

  it('goes down, comes back with its data, and moves when a stranger took its port', async () => {
    expect((await down(options)).sort()).toEqual(['gateway', 'postgres', 'redis']);
    expect(await down(options)).toEqual([]);
    expect(await status(options)).toMatchObject({ mongodbUri: undefined, redisUrl: undefined, pids: {} });
    const port = Number(new URL(first.redisUrl).port);
    const stranger = createServer();
    await new Promise<void>((resolve) => stranger.listen(port, '127.0.0.1', resolve));
    const [a, b] = await Promise.all([up(options), up(options)]);
    stranger.close();
    expect(a).toEqual(b);
    expect(a.mongodbUri).toBe(first.mongodbUri);
    expect(a.redisUrl).not.toBe(first.redisUrl);
    expect(await remember(a)).toBe(3);
  }, 60_000);

  it('survives leftovers of a half-made start', async () => {
    await reset(options);
    expect(existsSync(data)).toBe(false);
    mkdirSync(data);
    mkdirSync(join(findPlaces(data, privateEnv()).postgres, 'cluster'), { recursive: true });
    writeFileSync(join(data, 'state.json'), '{"mongodbPort":');
    writeFileSync(join(data, 'postgres.pid'), 'garbage');
    expect(await remember(await up(options))).toBe(1);
  }, 60_000);
});
