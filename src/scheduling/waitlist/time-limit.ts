const MINUTE_MS = 60_000;
/** Nobody is asked who would have less time to answer than this. */
const LEAST_MS = 5 * MINUTE_MS;

/**
 * Until when (epoch ms) an offer that is made now can be answered: the practice's minutes, but never more than a quarter of
 * the time that is left before the visit, so that the next in line can still come. Null: too late to ask anybody.
 */
export function answerBy(now: number, start: number, offerMinutes: number): number | null {
  const limit = Math.min(offerMinutes * MINUTE_MS, Math.floor((start - now) / 4));
  return limit < LEAST_MS ? null : now + limit;
}
