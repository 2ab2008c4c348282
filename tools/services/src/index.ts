import { describeCompose, downCompose, upCompose } from './compose.ts';
import { chooseEngine, dockerAnswers, type Engine } from './engine.ts';
import { findPlaces, type Places } from './places.ts';
import { describe, downPrivate, resetPrivate, upPrivate, type Running } from './private-services.ts';
import { ServicesProblem, type Progress } from './problem.ts';
import type { Profile } from './state.ts';

export { ServicesProblem, type Profile, type Progress };

/** Which set of data services, and who is told of progress. */
export interface ServicesOptions {
  /** Default: `.data/services` in the checkout. */
  readonly dataDir?: string;
  /** Default `dev`. `test` does not survive a power cut and is faster. */
  readonly profile?: Profile;
  /** Told one line at each long step. Default: silence. */
  readonly onProgress?: Progress;
  /** Default: the process's own environment. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Data services and where they answer. */
export interface Services {
  /** `external`: named by the environment, nothing of ours runs. */
  readonly engine: Engine['kind'];
  /** Undefined when it does not run (`status` only). */
  readonly mongodbUri: string | undefined;
  readonly redisUrl: string | undefined;
  readonly versions: Readonly<Record<string, string>>;
  readonly pids: Readonly<Record<string, number>>;
  readonly dataDir: string;
  /** What a reader might not expect: data that lies elsewhere. */
  readonly notes: readonly string[];
}

/** Data services that are up. */
export interface RunningServices extends Services {
  readonly mongodbUri: string;
  readonly redisUrl: string;
}

interface Chosen {
  readonly engine: Engine;
  readonly places: Places;
  readonly env: NodeJS.ProcessEnv;
}

async function choose(options: ServicesOptions): Promise<Chosen> {
  const env = options.env ?? process.env;
  const places = findPlaces(options.dataDir, env);
  return { engine: await chooseEngine(env, () => dockerAnswers(env)), places, env };
}

function notesOf({ engine, places }: Chosen): string[] {
  if (engine.kind !== 'private' || places.postgres.startsWith(places.data)) return [];
  return [
    `PostgreSQL cannot run as root, and its user cannot reach ${places.data}: its data lies in ${places.postgres}`,
  ];
}

function toServices(chosen: Chosen, running: Running): Services {
  const { engine, places, env } = chosen;
  return {
    engine: engine.kind,
    mongodbUri: env.MONGODB_URI || running.mongodbUri,
    redisUrl: env.REDIS_URL || running.redisUrl,
    versions: running.versions,
    pids: running.pids,
    dataDir: places.data,
    notes: notesOf(chosen),
  };
}

const NOTHING: Running = { mongodbUri: undefined, redisUrl: undefined, versions: {}, pids: {} };

/**
 * Makes sure that MongoDB and Redis run, and tells where. What runs already stays; what died is started again.
 * @throws ServicesProblem when it cannot be done, with what to do
 */
export async function up(options: ServicesOptions = {}): Promise<RunningServices> {
  const chosen = await choose(options);
  const { engine, places } = chosen;
  const progress = options.onProgress ?? (() => undefined);
  let running = NOTHING;
  if (engine.kind === 'compose') running = await upCompose(places, engine.needs, progress);
  if (engine.kind === 'private') running = await upPrivate(places, engine.needs, options.profile ?? 'dev', progress);
  const services = toServices(chosen, running);
  const { mongodbUri, redisUrl } = services;
  if (!mongodbUri || !redisUrl) {
    throw new ServicesProblem('A data service ended right after it started.', `See the logs in ${places.data}.`);
  }
  return { ...services, mongodbUri, redisUrl };
}

/** What runs now. */
export async function status(options: ServicesOptions = {}): Promise<Services> {
  const chosen = await choose(options);
  const { engine, places } = chosen;
  if (engine.kind === 'compose') return toServices(chosen, await describeCompose(places));
  return toServices(chosen, engine.kind === 'private' ? describe(places) : NOTHING);
}

/** Stops what is ours; gives the names of what ran. */
export async function down(options: ServicesOptions = {}): Promise<string[]> {
  const { engine, places } = await choose(options);
  const stopped = await downPrivate(places);
  return engine.kind === 'compose' ? [...stopped, ...(await downCompose(places, false))] : stopped;
}

/** Stops what is ours and deletes its data; downloaded programs stay in the cache. */
export async function reset(options: ServicesOptions = {}): Promise<string[]> {
  const { engine, places } = await choose(options);
  const containers = engine.kind === 'compose' ? await downCompose(places, true) : [];
  return [...containers, ...(await resetPrivate(places))];
}
