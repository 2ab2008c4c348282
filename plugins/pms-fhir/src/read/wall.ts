import type { LocalDate, LocalInterval, PluginZone } from '@openchair/plugin-kit';

const MINUTE = 60_000;
const DAY = 86_400_000;
/** No clock goes back by more. */
const LONGEST_OVERLAP = 180;

/** A part of a span of instants that lies on one local day. */
export interface WallSpan extends LocalInterval {
  readonly date: LocalDate;
}

/** The local date `days` after `date`. */
export function addDays(date: LocalDate, days: number): LocalDate {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

/** `mon` … `sun`. */
export function weekdayOf(date: LocalDate): string {
  return ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'][new Date(`${date}T00:00:00Z`).getUTCDay()]!;
}

/** The first instant of a local day. */
export function startOf(zone: PluginZone, date: LocalDate): number {
  return zone.toInstant(`${date}T00:00`);
}

/**
 * A span of instants in wall time, day by day, on whole minutes. When clocks go back, a wall time stands for two instants and is
 * read as the first: free time is then told shorter than it is (`open`), taken time longer (`closed`), never the other way round.
 */
export function wallSpans(zone: PluginZone, start: number, end: number, kind: 'open' | 'closed'): WallSpan[] {
  const settle = (instant: number) => {
    let at = instant;
    for (let steps = 0; steps < LONGEST_OVERLAP && zone.toInstant(zone.toLocal(at)) !== at; steps += 1) at += MINUTE;
    return at;
  };
  const [first, last] = [Math.floor(start / MINUTE) * MINUTE, Math.ceil(end / MINUTE) * MINUTE];
  let from = kind === 'open' ? settle(Math.ceil(start / MINUTE) * MINUTE) : first;
  const to = kind === 'open' ? Math.floor(end / MINUTE) * MINUTE : settle(last);
  const spans: WallSpan[] = [];
  while (from < to) {
    const [date, time] = zone.toLocal(from).split('T') as [string, string];
    const midnight = startOf(zone, addDays(date, 1));
    const until = midnight <= to ? '24:00' : zone.toLocal(to).slice(11);
    if (time < until) spans.push({ date, start: time, end: until });
    from = Math.max(midnight, from + MINUTE);
  }
  return spans;
}

/** Intervals in order, those that touch or overlap made one. */
export function union(intervals: readonly LocalInterval[]): LocalInterval[] {
  const merged: { start: string; end: string }[] = [];
  for (const { start, end } of [...intervals].sort((a, b) => (a.start < b.start ? -1 : 1))) {
    const last = merged.at(-1);
    if (last && start <= last.end) last.end = end > last.end ? end : last.end;
    else merged.push({ start, end });
  }
  return merged;
}

/** A span of instants in epoch milliseconds, half-open. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What is left of a span without some others. */
export function without({ start, end }: Span, others: readonly Span[]): Span[] {
  const left: Span[] = [];
  let from = start;
  for (const other of [...others].sort((a, b) => a.start - b.start)) {
    if (other.end <= from || other.start >= end) continue;
    if (other.start > from) left.push({ start: from, end: other.start });
    from = Math.max(from, other.end);
  }
  return from < end ? [...left, { start: from, end }] : left;
}

/** Whether two spans share time. */
export function overlaps(a: Span, b: Span): boolean {
  return a.start < b.end && a.end > b.start;
}
