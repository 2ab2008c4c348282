import { freeTime } from './free.js';
import { isMarked, type Grid } from './grid.js';
import type { Interval, Intervals } from './intervals.js';
import type { DayInput, DayResource } from './model.js';
import type { Visit } from './visit.js';

/** True when less than `least` minutes, but some, would be left. */
const isScrap = (left: number, least: number): boolean => left > 0 && left < least;

function stretchAt(free: Intervals, minute: number): number {
  return free.findIndex(({ start, end }) => start <= minute && minute < end);
}

/**
 * Takes from a provider's row the starts that would leave a useless rest of free time, where the same stretch of free
 * time has a start that leaves none.
 */
export function avoidGaps(
  bits: Uint32Array,
  row: number,
  grid: Grid,
  provider: DayResource,
  visit: Visit,
  input: DayInput,
): void {
  const least = input.rule.minGapMinutes ?? 0;
  const firstRun = visit.providerRuns[0];
  const lastRun = visit.providerRuns.at(-1);
  if (!firstRun || !lastRun) return;
  const free = freeTime(provider, input.rule, input);
  const begin = (visit.provider.whole[0] as Interval).start;
  const end = (visit.provider.whole.at(-1) as Interval).end;
  const tidy = new Set<number>();
  const scrappy: { index: number; stretch: number }[] = [];
  grid.starts.forEach((start, index) => {
    if (!isMarked(bits, row, index)) return;
    const stretch = stretchAt(free, start + firstRun.start);
    const lastStretch = stretchAt(free, start + lastRun.end - 1);
    const before = start + begin - (free[stretch] as Interval).start;
    const after = (free[lastStretch] as Interval).end - (start + end);
    if (isScrap(before, least) || isScrap(after, least)) scrappy.push({ index, stretch });
    else tidy.add(stretch);
  });
  for (const { index, stretch } of scrappy) {
    if (tidy.has(stretch)) bits[row + (index >>> 5)] = (bits[row + (index >>> 5)] as number) & ~(1 << (index & 31));
  }
}
