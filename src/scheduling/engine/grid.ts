import type { WallSegment } from '../../kernel/index.js';
import type { Interval, Intervals } from './intervals.js';

const BITS = 32;
const ALL = 0xffffffff;
const PLAIN_DAY = 1440;

/**
 * The starts of a day, sorted: the minutes at which the wall shows a multiple of the step. A rule is a row of bits over
 * them, one bit a start, so that rules are put together a word at a time.
 */
export interface Grid {
  readonly starts: Int32Array;
  /** For each minute of the day and its end: how many starts lie before it. */
  readonly before: Int32Array;
  readonly dayLength: number;
  /** Words of a row. */
  readonly words: number;
}

/** Grids of days on which no clock changes, by step. */
const plainGrids = new Map<number, Grid>();

/** Throws a RangeError for a step that is no whole number of at least 1. */
export function gridOf(wall: readonly WallSegment[], dayLength: number, step: number): Grid {
  if (!Number.isInteger(step) || step < 1) {
    throw new RangeError(`A step of ${step} minutes: give a whole number of at least 1`);
  }
  if (!isPlain(wall, dayLength)) return newGrid(wall, dayLength, step);
  const grid = plainGrids.get(step) ?? newGrid(wall, dayLength, step);
  plainGrids.set(step, grid);
  return grid;
}

function isPlain(wall: readonly WallSegment[], dayLength: number): boolean {
  const first = wall[0];
  return dayLength === PLAIN_DAY && first?.wallStart === 0 && first.elapsedStart === 0 && first.length === PLAIN_DAY;
}

function newGrid(wall: readonly WallSegment[], dayLength: number, step: number): Grid {
  const starts: number[] = [];
  for (const { elapsedStart, wallStart, length } of wall) {
    const end = Math.min(elapsedStart + length, dayLength);
    for (let start = elapsedStart + Math.ceil(wallStart / step) * step - wallStart; start < end; start += step) {
      starts.push(start);
    }
  }
  const before = new Int32Array(dayLength + 1);
  for (const start of starts) before[start + 1] = 1;
  for (let minute = 1; minute <= dayLength; minute++) {
    before[minute] = (before[minute] as number) + (before[minute - 1] as number);
  }
  return { starts: Int32Array.from(starts), before, dayLength, words: Math.ceil(starts.length / BITS) };
}

/** Opens (or closes) the starts from `from` on and before `to`, in the row that begins at word `row`. */
export function mark(bits: Uint32Array, row: number, grid: Grid, from: number, to: number, open: boolean): void {
  if (from < 0) from = 0;
  if (to > grid.dayLength) to = grid.dayLength;
  if (from >= to) return;
  const first = grid.before[from] as number;
  const last = (grid.before[to] as number) - 1;
  if (first > last) return;
  const lastAt = row + (last >>> 5);
  let at = row + (first >>> 5);
  let mask = ALL << (first & 31);
  for (; at < lastAt; at++) {
    bits[at] = open ? (bits[at] as number) | mask : (bits[at] as number) & ~mask;
    mask = ALL;
  }
  mask &= ALL >>> (31 - (last & 31));
  bits[at] = open ? (bits[at] as number) | mask : (bits[at] as number) & ~mask;
}

/**
 * Closes the starts from which one of the runs, in minutes since the start, would meet one of the taken times. As `mark`
 * with `open` false for each of them; written out, since a search spends its time here.
 */
export function close(bits: Uint32Array, row: number, grid: Grid, taken: readonly Interval[], runs: Intervals): void {
  const { before, dayLength } = grid;
  for (let j = 0; j < runs.length; j++) {
    const run = runs[j] as Interval;
    const reach = run.end - 1;
    const lead = run.start;
    for (let i = 0; i < taken.length; i++) {
      const { start, end } = taken[i] as Interval;
      const from = start > reach ? start - reach : 0;
      const to = end - lead < dayLength ? end - lead : dayLength;
      if (from >= to || start >= end) continue;
      const first = before[from] as number;
      const last = (before[to] as number) - 1;
      if (first > last) continue;
      const lastAt = row + (last >>> 5);
      let at = row + (first >>> 5);
      let mask = ALL << (first & 31);
      for (; at < lastAt; at++) {
        bits[at] = (bits[at] as number) & ~mask;
        mask = ALL;
      }
      bits[at] = (bits[at] as number) & ~(mask & (ALL >>> (31 - (last & 31))));
    }
  }
}

/** Whether the bit of start `index` is set in the row at word `row`. */
export function isMarked(bits: Uint32Array, row: number, index: number): boolean {
  return (((bits[row + (index >>> 5)] as number) >>> (index & 31)) & 1) === 1;
}

/** `into` keeps the starts that `other` has too. */
export function keep(bits: Uint32Array, into: number, other: number, words: number): void {
  for (let word = 0; word < words; word++) {
    bits[into + word] = (bits[into + word] as number) & (bits[other + word] as number);
  }
}

/** `into` gets the starts of `other`. */
export function add(bits: Uint32Array, into: number, other: number, words: number): void {
  for (let word = 0; word < words; word++) {
    bits[into + word] = (bits[into + word] as number) | (bits[other + word] as number);
  }
}

/** `into` loses the starts of `other`. */
export function drop(bits: Uint32Array, into: number, other: number, words: number): void {
  for (let word = 0; word < words; word++) {
    bits[into + word] = (bits[into + word] as number) & ~(bits[other + word] as number);
  }
}
