import { spawn } from 'node:child_process';

/** How long Docker may take to answer, in ms: a client whose engine hangs counts as no engine. */
const DOCKER_PATIENCE = 5_000;

/** Which data services are wanted from us; the others are given by the environment. */
export interface Needs {
  readonly mongodb: boolean;
  readonly redis: boolean;
}

/** Where the data services come from. */
export type Engine =
  | { readonly kind: 'external'; readonly needs: Needs }
  | { readonly kind: 'compose'; readonly needs: Needs }
  | { readonly kind: 'private'; readonly needs: Needs };

/** The part of the environment that decides. */
export interface EngineEnv {
  readonly MONGODB_URI?: string | undefined;
  readonly REDIS_URL?: string | undefined;
}

/**
 * The order of choice (DESIGN.md §13): what MONGODB_URI and REDIS_URL name; for what they do not name, Docker Compose
 * when an engine answers; else private servers.
 */
export async function chooseEngine(env: EngineEnv, dockerAnswers: () => Promise<boolean>): Promise<Engine> {
  const needs = { mongodb: !env.MONGODB_URI, redis: !env.REDIS_URL };
  if (!needs.mongodb && !needs.redis) return { kind: 'external', needs };
  return { kind: (await dockerAnswers()) ? 'compose' : 'private', needs };
}

/** Whether a Docker engine answers and has Compose. A client without an engine is common, so both are asked. */
export async function dockerAnswers(env: NodeJS.ProcessEnv): Promise<boolean> {
  const [compose, engine] = await Promise.all([
    succeeds(['compose', 'version'], env),
    succeeds(['info', '--format', '{{.ServerVersion}}'], env),
  ]);
  return compose && engine;
}

function succeeds(args: readonly string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn('docker', args, { stdio: 'ignore', env });
    const timer = setTimeout(() => child.kill('SIGKILL'), DOCKER_PATIENCE);
    const end = (answered: boolean): void => {
      clearTimeout(timer);
      resolve(answered);
    };
    child.once('error', () => end(false));
    child.once('close', (code) => end(code === 0));
  });
}
