/** Something the reader can put right: one sentence of what is wrong and one of what to do. */
export class ServicesProblem extends Error {
  constructor(what: string, fix: string) {
    super(`${what} ${fix}`);
    this.name = 'ServicesProblem';
  }
}

/** What to do where the private services cannot run. */
export const OTHER_WAYS = 'Start Docker, or set MONGODB_URI and REDIS_URL to servers that run elsewhere.';

/** Told one line at each step of long work. */
export type Progress = (line: string) => void;

/** Whole seconds and tenths since `start` (from `performance.now()`), for progress lines. */
export function secondsSince(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}
