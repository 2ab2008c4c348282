import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** `dev` keeps what it acknowledged through a power cut; `test` trades that for speed. */
export type Profile = 'dev' | 'test';

/** What is remembered between calls, in `state.json` of the data folder. */
export interface State {
  /** Ports on 127.0.0.1, kept so that addresses stay the same. */
  mongodbPort?: number;
  redisPort?: number;
  /** How PostgreSQL was last started. */
  profile?: Profile;
  /** The tree of programs the data was made with. */
  tree?: string;
  versions?: Record<string, string>;
}

/** The remembered state; an unreadable file counts as none. */
export function readState(data: string): State {
  const file = join(data, 'state.json');
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as State;
  } catch {
    return {};
  }
}

/** Replaces the state file as a whole. */
export function writeState(data: string, state: State): void {
  const file = join(data, 'state.json');
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}
