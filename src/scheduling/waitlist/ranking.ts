import type { Priority } from './wishes.js';

const DAY_MS = 86_400_000;

/** What decides a patient's place in the line. */
export interface InLine {
  _id: string;
  priority: Priority;
  /** Epoch ms. */
  waitingSince: number;
  offersMade: number;
}

/** Somebody for whom a certain time fits; `fit` as of `fitOf`. */
export interface Candidate extends InLine {
  fit: number;
}

/**
 * The rule of the waitlist, and its only place. Who comes first:
 *
 * 1. the urgent before the others;
 * 2. whose named wishes (provider, location, weekday, part of the day) the time meets: the more of them, the sooner, since
 *    fewer times suit somebody who can come only then;
 * 3. who has waited longer, in whole days: hours do not count, so that the next rule can;
 * 4. who has had fewer offers;
 * 5. who came first to the minute; last of all the id, so that the order is always the same.
 */
export function rank<C extends Candidate>(candidates: readonly C[], now: number): C[] {
  return [...candidates].sort(
    (a, b) =>
      Number(b.priority === 'urgent') - Number(a.priority === 'urgent') ||
      b.fit - a.fit ||
      daysWaiting(b, now) - daysWaiting(a, now) ||
      a.offersMade - b.offersMade ||
      a.waitingSince - b.waitingSince ||
      (a._id < b._id ? -1 : 1),
  );
}

/** Whole days. */
export function daysWaiting({ waitingSince }: Pick<InLine, 'waitingSince'>, now: number): number {
  return Math.floor(Math.max(0, now - waitingSince) / DAY_MS);
}

export interface RankReason {
  rule: 'urgent' | 'waiting' | 'offers';
  words: string;
}

/** The place of each among those who wait for the same, as far as it is known before there is a time; from 1. */
export function places(line: readonly InLine[], now: number): Map<string, number> {
  const ranked = rank(
    line.map((one) => ({ ...one, fit: 0 })),
    now,
  );
  return new Map(ranked.map(({ _id }, index) => [_id, index + 1]));
}

/** Why somebody has that place, in words for staff. */
export function rankReasons(one: InLine, now: number): RankReason[] {
  const days = daysWaiting(one, now);
  return [
    ...(one.priority === 'urgent' ? [{ rule: 'urgent' as const, words: 'Marked as urgent' }] : []),
    { rule: 'waiting', words: days === 0 ? 'Waiting since today' : `Waiting for ${count(days, 'day')}` },
    { rule: 'offers', words: one.offersMade === 0 ? 'No offer yet' : `Had ${count(one.offersMade, 'offer')}` },
  ];
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
