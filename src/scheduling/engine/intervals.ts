/** Half-open intervals of whole minutes: `start` belongs to it, `end` does not. */
export interface Interval {
  readonly start: number;
  readonly end: number;
}

/**
 * Intervals sorted by start, none empty, none touching another. What `normalise` returns and all other helpers
 * take and give back.
 */
export type Intervals = readonly Interval[];

/** Sorts, drops empty intervals and merges those that overlap or touch. */
export function normalise(intervals: Iterable<Interval>): Intervals {
  const sorted = [...intervals].filter(({ start, end }) => start < end).sort((a, b) => a.start - b.start);
  const merged: Interval[] = [];
  for (const interval of sorted) {
    const last = merged.at(-1);
    if (last === undefined || interval.start > last.end) merged.push(interval);
    else if (interval.end > last.end) merged[merged.length - 1] = { start: last.start, end: interval.end };
  }
  return merged;
}

/** What lies in `a` or in `b`. */
export function union(a: Intervals, b: Intervals): Intervals {
  if (a.length === 0) return b;
  return b.length === 0 ? a : normalise([...a, ...b]);
}

/** What lies in both. */
export function intersect(a: Intervals, b: Intervals): Intervals {
  const shared: Interval[] = [];
  let i = 0;
  let j = 0;
  for (let left = a[i], right = b[j]; left && right; left = a[i], right = b[j]) {
    const start = Math.max(left.start, right.start);
    const end = Math.min(left.end, right.end);
    if (start < end) shared.push({ start, end });
    if (left.end < right.end) i++;
    else j++;
  }
  return shared;
}

/** What lies in `from` but not in `taken`. */
export function subtract(from: Intervals, taken: Intervals): Intervals {
  if (taken.length === 0) return from;
  const left: Interval[] = [];
  let first = 0;
  for (const { start, end } of from) {
    let open = start;
    while ((taken[first]?.end ?? Infinity) <= start) first++;
    for (let i = first, hole = taken[i]; hole && hole.start < end; hole = taken[++i]) {
      if (hole.start > open) left.push({ start: open, end: hole.start });
      open = hole.end;
    }
    if (open < end) left.push({ start: open, end });
  }
  return left;
}

/** True when one of the intervals holds all of `wanted`. */
export function contains(intervals: Intervals, wanted: Interval): boolean {
  let low = 0;
  let high = intervals.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((intervals[middle]?.end ?? 0) <= wanted.start) low = middle + 1;
    else high = middle;
  }
  const candidate = intervals[low];
  return candidate !== undefined && candidate.start <= wanted.start && wanted.end <= candidate.end;
}

/**
 * The starts from which `length` minutes, counted from `offset` minutes later, stay inside one of the intervals.
 * `length` is at least 1, so the starts of two intervals never meet.
 */
export function startsWithin(intervals: Intervals, offset: number, length: number): Intervals {
  const starts: Interval[] = [];
  for (const { start, end } of intervals) {
    if (end - start >= length) starts.push({ start: start - offset, end: end - offset - length + 1 });
  }
  return starts;
}
