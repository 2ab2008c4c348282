import { mark, keep, type Grid } from './grid.js';
import { intersect, normalise, startsWithin, subtract, type Interval, type Intervals } from './intervals.js';
import type { Blockout, DayInput, DayResource, ReasonRule } from './model.js';
import type { Need } from './visit.js';

/** What all rules of one day work on: the rows of bits, and where the next free row begins. */
export interface Board {
  readonly bits: Uint32Array;
  readonly grid: Grid;
  next: number;
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
  const hours = openHours(resource, dayLength);
  if (need.firm.length === 0) mark(bits, row, grid, 0, dayLength, true);
  for (let run = 0; run < need.firm.length; run++) {
    const { start, end } = need.firm[run] as Interval;
    const into = run === 0 ? row : newRow(board);
    for (const open of hours) mark(bits, into, grid, open.start - start, open.end - end + 1, true);
    if (run > 0) keep(bits, row, into, grid.words);
  }
  for (const blockout of resource.blockouts) if (closes(blockout, rule)) clear(board, row, blockout, need.firm);
  if (resource.allowOverlap) return row;
  for (const busy of resource.busy) clear(board, row, busy, need.whole);
  return row;
}

/** Takes away the starts from which one of the runs would meet the taken time. */
function clear({ bits, grid }: Board, row: number, taken: Interval, runs: Intervals): void {
  if (taken.start >= taken.end) return;
  for (const run of runs) mark(bits, row, grid, taken.start - run.end + 1, taken.end - run.start, false);
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
  const closed: Interval[] = resource.blockouts.filter((blockout) => closes(blockout, rule));
  const taken = resource.allowOverlap ? closed : [...closed, ...resource.busy];
  return subtract(openHours(resource, dayLengthMinutes), normalise(taken));
}
