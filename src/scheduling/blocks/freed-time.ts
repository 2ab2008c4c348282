import type { Block } from './block.schema.js';

type Placed = Pick<Block, 'providerIds' | 'operatoryIds' | 'locationId' | 'weekdays' | 'start' | 'end'>;

/**
 * Stretches (epoch ms) in which a changed block may have set time free: what it lost at its ends, or all that it was when it
 * is another kind of block now. Who looks for free time there still asks the book.
 */
export function freedBy(before: Placed, after: Placed): { start: number; end: number }[] {
  const once = !before.weekdays && !after.weekdays;
  const overlap = after.start < before.end && after.end > before.start;
  if (!once || !overlap || whose(before) !== whose(after)) return [{ start: before.start, end: before.end }];
  return [
    { start: before.start, end: after.start },
    { start: after.end, end: before.end },
  ].filter(({ start, end }) => start < end);
}

function whose({ locationId, providerIds, operatoryIds }: Placed): string {
  return [locationId, ...[...providerIds, ...operatoryIds].sort()].join();
}
