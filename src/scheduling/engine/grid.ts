import type { WallSegment } from '../../kernel/index.js';

const BITS = 32;
const ALL = 0xffffffff;

/**
 * The starts of a day, sorted: the minutes at which the wall shows a multiple of the step. A rule is a row of bits over
 * them, one bit a start, so that rules are put together a word at a time.
 */
export interface Grid {
  readonly starts: Int32Array;
  /** Words of a row. */
  readonly words: number;
  /** The step, when start `i` is simply `i` steps into the day; else 0. */
  readonly even: number;
}

const evenGrids = new Map<number, Grid>();

/** Throws a RangeError for a step that is no whole number of at least 1. */
export function gridOf(wall: readonly WallSegment[], dayLength: number, step: number): Grid {
  if (!Number.isInteger(step) || step < 1) {
    throw new RangeError(`A step of ${step} minutes: give a whole number of at least 1`);
  }
  const first = wall[0];
  const even =
    wall.length === 1 &&
    first?.wallStart === 0 &&
    first.elapsedStart === 0 &&
    first.length === 1440 &&
    dayLength === 1440;
  const known = even ? evenGrids.get(step) : undefined;
  if (known) return known;
  const starts: number[] = [];
  for (const { elapsedStart, wallStart, length } of wall) {
    const end = Math.min(elapsedStart + length, dayLength);
    for (let start = elapsedStart + Math.ceil(wallStart / step) * step - wallStart; start < end; start += step) {
      starts.push(start);
    }
  }
  const grid = { starts: Int32Array.from(starts), words: Math.ceil(starts.length / BITS), even: even ? step : 0 };
  if (even) evenGrids.set(step, grid);
  return grid;
}

/** Index of the first start at `minute` or later; the number of starts when there is none. */
function indexAt(grid: Grid, minute: number): number {
  const { starts, even } = grid;
  if (minute <= 0) return 0;
  if (even > 0) {
    const index = Math.ceil(minute / even);
    return index < starts.length ? index : starts.length;
  }
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] as number) < minute) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Sets (or clears) the bits of the starts from `from` on and before `to`, in the row that begins at word `row`. */
export function mark(bits: Uint32Array, row: number, grid: Grid, from: number, to: number, open: boolean): void {
  if (from >= to) return;
  const first = indexAt(grid, from);
  const end = indexAt(grid, to);
  if (first >= end) return;
  const firstWord = first >>> 5;
  const lastWord = (end - 1) >>> 5;
  for (let word = firstWord; word <= lastWord; word++) {
    let mask = ALL;
    if (word === firstWord) mask = (mask << (first & 31)) >>> 0;
    if (word === lastWord) mask = (mask & (ALL >>> (31 - ((end - 1) & 31)))) >>> 0;
    const at = row + word;
    bits[at] = open ? (bits[at] as number) | mask : (bits[at] as number) & ~mask;
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
