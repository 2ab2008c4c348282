import { normalise } from './intervals.js';
import type { DayProvider, DayResource } from './model.js';

/** How "any provider" becomes one. */
export const ASSIGNMENTS = ['priority', 'least_busy', 'round_robin'] as const;
export type Assignment = (typeof ASSIGNMENTS)[number];

/**
 * The providers of a day in the order in which they get its visits.
 *
 * - `priority`: as they are given.
 * - `least_busy`: fewest taken minutes on that day first.
 * - `round_robin`: `turn` providers further than they are given; the turn moves on with each visit and each day.
 *
 * Who stands there twice (two shifts) counts once and stays together.
 */
export function ranked(providers: readonly DayProvider[], assignment: Assignment, turn: number): DayProvider[] {
  const ids = [...new Set(providers.map(({ id }) => id))];
  const order = rankedIds(ids, providers, assignment, turn);
  return order.flatMap((id) => providers.filter((each) => each.id === id));
}

function rankedIds(
  ids: readonly string[],
  providers: readonly DayProvider[],
  assignment: Assignment,
  turn: number,
): readonly string[] {
  if (assignment === 'priority' || ids.length === 0) return ids;
  if (assignment === 'round_robin') {
    const first = turn % ids.length;
    return [...ids.slice(first), ...ids.slice(0, first)];
  }
  const load = new Map(ids.map((id) => [id, minutesTaken(providers.filter((each) => each.id === id))]));
  return [...ids].sort((a, b) => (load.get(a) as number) - (load.get(b) as number));
}

function minutesTaken(shifts: readonly DayResource[]): number {
  return normalise(shifts.flatMap(({ busy }) => busy)).reduce((sum, { start, end }) => sum + end - start, 0);
}
