import { close, keep, mark, type Grid } from './grid.js';
import { intersect, normalise, startsWithin, subtract, type Interval, type Intervals } from './intervals.js';
import type { Blockout, DayInput, DayResource, ReasonRule } from './model.js';
import type { Need } from './visit.js';

/** What all rules of one day work on: the rows of bits, and where the next free row begins. */
export interface Board {
  readonly bits: Uint32Array;
  readonly grid: Grid;
  next: number;
}

/** Words of the piece from which boards are cut: an array of its own for each day would cost more than the rules on it. */
const PIECE = 8_192;
let piece = new Uint32Array(PIECE);
let cut = 0;

/** A board of so many words, all of them 0. */
export function newBoard(grid: Grid, words: number): Board {
  if (words > PIECE) return { bits: new Uint32Array(words), grid, next: 0 };
  if (cut + words > PIECE) {
    piece = new Uint32Array(PIECE);
    cut = 0;
  }
  const next = cut;
  cut += words;
  return { bits: piece, grid, next };
}

export function newRow(board: Board): number {
  const row = board.next;
  board.next += board.grid.words;
  return row;
}

/** Whether visits of the reason may not use the blockout. */
export function closes({ type }: Blockout, { blockoutTypes }: ReasonRule): boolean {
  return !blockoutTypes.includes(type);
}

/** Blockouts that the reason may not use. */
function closedTime({ blockouts }: DayResource, rule: ReasonRule): readonly Blockout[] {
  return blockouts.filter((blockout) => closes(blockout, rule));
}

/** A resource's hours within the day, merged. */
export function openHours({ hours }: Pick<DayResource, 'hours'>, dayLength: number): Intervals {
  const only = hours[0];
  if (hours.length === 1 && only && only.start >= 0 && only.end <= dayLength && only.start < only.end) {
    return hours as Intervals;
  }
  return intersect(normalise(hours), [{ start: 0, end: dayLength }]);
}

/** A row of the starts at which the resource has what a visit needs of it. A visit that does not need it may always start. */
export function startsOf(board: Board, resource: DayResource, need: Need, rule: ReasonRule, dayLength: number): number {
  const row = newRow(board);
  const { bits, grid } = board;
  const { firm, whole } = need;
  const hours = openHours(resource, dayLength);
  if (firm.length === 0) mark(bits, row, grid, 0, dayLength, true);
  for (let run = 0; run < firm.length; run++) {
    const { start, end } = firm[run] as Interval;
    const into = run === 0 ? row : newRow(board);
    for (let i = 0; i < hours.length; i++) {
      const open = hours[i] as Interval;
      mark(bits, into, grid, open.start - start, open.end - end + 1, true);
    }
    if (run > 0) keep(bits, row, into, grid.words);
  }
  if (resource.blockouts.length > 0) close(bits, row, grid, closedTime(resource, rule), firm);
  if (!resource.allowOverlap) close(bits, row, grid, resource.busy, whole);
  return row;
}

/** A row of the starts from which the whole visit lies in blockouts kept for the reason, the pair's taken together. */
export function keptStarts(board: Board, pair: readonly DayResource[], rule: ReasonRule, duration: number): number {
  const row = newRow(board);
  for (const { start, end } of startsWithin(keptTime(pair, rule), 0, duration)) {
    mark(board.bits, row, board.grid, start, end, true);
  }
  return row;
}

/** Time kept for the reason. */
export function keptTime(pair: readonly DayResource[], rule: ReasonRule): Intervals {
  return normalise(pair.flatMap(({ blockouts }) => blockouts.filter((blockout) => !closes(blockout, rule))));
}

/** The time in which a resource is free for the reason. */
export function freeTime(resource: DayResource, rule: ReasonRule, { dayLengthMinutes }: DayInput): Intervals {
  const closed = closedTime(resource, rule);
  const taken = resource.allowOverlap ? closed : [...closed, ...resource.busy];
  return subtract(openHours(resource, dayLengthMinutes), normalise(taken));
}
