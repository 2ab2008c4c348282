import { LRUCache } from 'lru-cache';
import { RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';

/** A process takes a hundredth of a large budget at once, so much at most, and asks again when that is spent. */
const LARGEST_SHARE = 20;
/** Callers whose shares are kept; of another the rest of a share is lost to it for the window. */
const KNOWN_CALLERS = 20_000;

/** What is known of a caller's budget. */
export interface BudgetState {
  /** What is left of it. */
  left: number;
  /** Until its window ends. */
  seconds: number;
  over: boolean;
}

/** What this process has taken of a caller's budget and not yet spent. */
interface Share {
  unspent: number;
  /** What was left of the budget when the share was taken. */
  beside: number;
  /** When the window ends, by `performance.now()`. */
  endsAt: number;
}

/**
 * One budget of each caller in shares: what several processes count together need not be asked for at every request. Nobody
 * gets more than the budget; a process that a caller turns away from may keep a hundredth of it unspent.
 */
export class BudgetShares {
  private readonly size: number;
  private readonly shares = new LRUCache<string, Share>({ max: KNOWN_CALLERS });
  /** Requests that wait for the next share, by caller. */
  private readonly waiting = new Map<string, PromiseWithResolvers<BudgetState>[]>();

  constructor(private readonly limiter: RateLimiterAbstract) {
    this.size = Math.max(1, Math.min(LARGEST_SHARE, Math.floor(limiter.points / 100)));
  }

  /** Requests that a caller may make in one window. */
  get points(): number {
    return this.limiter.points;
  }

  /** Takes one from a caller's budget. */
  take(key: string): Promise<BudgetState> {
    const state = this.spend(key);
    if (state) return Promise.resolve(state);
    const request = Promise.withResolvers<BudgetState>();
    const others = this.waiting.get(key);
    if (others) others.push(request);
    else {
      this.waiting.set(key, [request]);
      void this.serve(key);
    }
    return request.promise;
  }

  /** Asks for shares until nobody waits. */
  private async serve(key: string): Promise<void> {
    const requests = this.waiting.get(key) ?? [];
    try {
      while (requests.length > 0) {
        this.shares.set(key, await this.next(key, Math.max(this.size, requests.length)));
        this.answer(key, requests);
      }
    } catch (error) {
      for (const request of requests) request.reject(error);
    } finally {
      this.waiting.delete(key);
    }
  }

  private answer(key: string, requests: PromiseWithResolvers<BudgetState>[]): void {
    while (requests.length > 0) {
      const state = this.spend(key);
      if (!state) return;
      requests.shift()?.resolve(state);
    }
  }

  /** null: another share must be asked for. */
  private spend(key: string): BudgetState | null {
    const share = this.shares.get(key);
    const ms = share ? share.endsAt - performance.now() : 0;
    if (!share || ms <= 0 || (share.unspent === 0 && share.beside > 0)) return null;
    const over = share.unspent === 0;
    if (!over) share.unspent--;
    return { left: share.beside + share.unspent, seconds: Math.max(1, Math.ceil(ms / 1_000)), over };
  }

  private async next(key: string, wanted: number): Promise<Share> {
    const { consumedPoints, remainingPoints, msBeforeNext } = await this.consume(key, wanted);
    const before = consumedPoints - wanted;
    return {
      unspent: Math.max(0, Math.min(wanted, this.points - before)),
      beside: remainingPoints,
      endsAt: performance.now() + msBeforeNext,
    };
  }

  private async consume(key: string, points: number): Promise<RateLimiterRes> {
    try {
      return await this.limiter.consume(key, points);
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return refused;
      throw refused;
    }
  }
}
