import { rmSync } from 'node:fs';
import type { Needs } from './engine.ts';
import { withLock } from './lock.ts';
import { GATEWAY, gatewayAnswers, startGatewayProcess } from './members/gateway.ts';
import { POSTGRES, postgresAnswers, startPostgres } from './members/postgres.ts';
import { hostRedis, REDIS, redisAnswers, startRedis } from './members/redis.ts';
import { makeOpenFolder, type Places } from './places.ts';
import { freePort } from './ports.ts';
import { secondsSince, type Progress } from './problem.ts';
import { runningPid, stopMember } from './processes.ts';
import { readState, writeState, type Profile, type State } from './state.ts';
import { ensureTree, type Tree } from './tree/index.ts';

/** What a backend gives. */
export interface Running {
  readonly mongodbUri: string | undefined;
  readonly redisUrl: string | undefined;
  readonly versions: Readonly<Record<string, string>>;
  readonly pids: Readonly<Record<string, number>>;
}

/** The order in which members stop: each before the one it depends on. */
const STOP_ORDER = [GATEWAY, REDIS, POSTGRES];

/** Where the servers answer and what runs, as remembered and as it is now. */
export function describe(places: Places): Running {
  const state = readState(places.data);
  const pids: Record<string, number> = {};
  for (const member of STOP_ORDER) {
    const pid = runningPid(places.data, member);
    if (pid !== undefined) pids[member.name] = pid;
  }
  const mongodb = pids.postgres !== undefined && pids.gateway !== undefined && state.mongodbPort;
  return {
    mongodbUri: mongodb ? `mongodb://127.0.0.1:${state.mongodbPort}` : undefined,
    redisUrl: pids.redis !== undefined && state.redisPort ? `redis://127.0.0.1:${state.redisPort}` : undefined,
    versions: state.versions ?? {},
    pids,
  };
}

/** Starts what does not run of one set of private services; everything that runs and answers stays as it is. */
class Start {
  readonly #places: Places;
  readonly #profile: Profile;
  readonly #progress: Progress;
  readonly #state: State;
  #tree: Tree | undefined;

  constructor(places: Places, profile: Profile, progress: Progress) {
    this.#places = places;
    this.#profile = profile;
    this.#progress = progress;
    this.#state = readState(places.data);
  }

  async postgres(): Promise<void> {
    const { data } = this.#places;
    const unsafe = this.#state.profile === 'test' && this.#profile === 'dev';
    const runs = runningPid(data, POSTGRES) !== undefined;
    if (runs && !unsafe && (await postgresAnswers(this.#places))) return;
    await stopMember(data, GATEWAY);
    await stopMember(data, POSTGRES);
    const tree = await this.#programs();
    const start = performance.now();
    await startPostgres(this.#places, tree, this.#profile);
    const { postgresql, documentdb, suite } = tree.versions;
    this.#save({
      profile: this.#profile,
      versions: { ...this.#state.versions, postgresql: postgresql!, documentdb: documentdb!, suite: suite! },
    });
    this.#progress(`data services: PostgreSQL with DocumentDB ready, ${secondsSince(start)}`);
  }

  async gateway(): Promise<void> {
    const { data } = this.#places;
    const port = this.#state.mongodbPort;
    if (port && runningPid(data, GATEWAY) !== undefined && (await gatewayAnswers(port))) return;
    await stopMember(data, GATEWAY);
    this.#save({ mongodbPort: await freePort(port) });
    await startGatewayProcess(this.#places, this.#state.mongodbPort!);
    this.#progress(`data services: MongoDB on 127.0.0.1:${this.#state.mongodbPort}`);
  }

  async redis(): Promise<void> {
    const { data } = this.#places;
    const port = this.#state.redisPort;
    if (port && runningPid(data, REDIS) !== undefined && (await redisAnswers(port))) return;
    await stopMember(data, REDIS);
    const host = await hostRedis();
    const tree = host ? undefined : await this.#programs();
    const version = host ? `${host.version} (the host's)` : tree!.versions.redis!;
    this.#save({ redisPort: await freePort(port), versions: { ...this.#state.versions, redis: version } });
    await startRedis(this.#places, host?.command ?? tree!.redisServer, this.#state.redisPort!, this.#profile);
    this.#progress(`data services: Redis on 127.0.0.1:${this.#state.redisPort}`);
  }

  async #programs(): Promise<Tree> {
    this.#tree ??= await ensureTree(this.#places.cache, this.#state.tree, this.#progress);
    this.#save({ tree: this.#tree.key });
    return this.#tree;
  }

  #save(change: State): void {
    Object.assign(this.#state, change);
    writeState(this.#places.data, this.#state);
  }
}

/** Brings private services up; calls for the same data folder wait for each other. */
export async function upPrivate(places: Places, needs: Needs, profile: Profile, progress: Progress): Promise<Running> {
  makeOpenFolder(places.data);
  return withLock(places.data, async () => {
    const start = new Start(places, profile, progress);
    if (needs.mongodb) {
      await start.postgres();
      await start.gateway();
    }
    if (needs.redis) await start.redis();
    return describe(places);
  });
}

/** Stops private services; gives the names of those that ran. */
export async function downPrivate(places: Places): Promise<string[]> {
  return withLock(places.data, () => stopAll(places));
}

/** Stops private services and deletes their data; the cached programs stay. */
export async function resetPrivate(places: Places): Promise<string[]> {
  return withLock(places.data, async () => {
    const stopped = await stopAll(places);
    for (const folder of [places.postgres, places.socket, places.data]) {
      rmSync(folder, { recursive: true, force: true });
    }
    return stopped;
  });
}

async function stopAll(places: Places): Promise<string[]> {
  const stopped: string[] = [];
  for (const member of STOP_ORDER) if (await stopMember(places.data, member)) stopped.push(member.name);
  return stopped;
}
