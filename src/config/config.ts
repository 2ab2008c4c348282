import { settings, type Settings } from './schema.js';

/** Injection token of the configuration. */
export const CONFIG = Symbol('Config');

export type Config = Readonly<Settings>;

/** Thrown with one message that names every wrong setting; the entry prints it and stops (law 10). */
export class ConfigError extends Error {}

/** Checks the environment once, before anything else of the house is loaded. */
export function readConfig(environment: Record<string, string | undefined> = process.env): Config {
  const filled = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = settings.safeParse(filled);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new ConfigError(`The configuration is not valid. Set these environment variables:\n${faults.join('\n')}`);
  }
  return Object.freeze(parsed.data);
}
