import type { Connection } from '../../plugin-host/index.js';

/** How often what is done; all in milliseconds and local days. */
export const RHYTHM = {
  /** People and rooms are read anew. */
  peopleMs: 15 * 60_000,
  /** Schedules of the whole horizon are read anew; those of the next days at every pull. */
  schedulesMs: 10 * 60_000,
  nearDays: 14,
  /** Visits of so many days ago still change: arrived, completed, missed. */
  pastDays: 7,
  /** Days that are imported at a time. */
  windowDays: 14,
  /** Changes are asked for from a little before the last answer. */
  overlapMs: 60_000,
  /** Not reached for so long: the practice is told. */
  alertAfterMs: 5 * 60_000,
  /** Lists that have suddenly become empty are believed when they stay so. */
  believeEmptyMs: 60 * 60_000,
} as const;

/** Waits after failures in a row. */
export const PATIENCE: readonly number[] = [2_000, 5_000, 15_000, 60_000, 120_000, 300_000];

/** Kinds of due work: one row of each for every connection, which puts itself off again and again. */
export const PULL = 'sync.pull';
export const PUSH = 'sync.push';

/** A changed connection gets rows of its own; those of its older revisions end by themselves. */
export function workKeyOf({ _id, revision }: Pick<Connection, '_id' | 'revision'>): string {
  return `${_id}@${revision}`;
}
