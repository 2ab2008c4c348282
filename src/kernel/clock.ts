/** The only source of "now" in the house (law 9). Instants are epoch milliseconds. */
export interface Clock {
  now(): number;
}

/** Injection token of the clock; tests replace its value. */
export const CLOCK = Symbol('Clock');

export const systemClock: Clock = { now: () => Date.now() };

/** A clock that stands still until it is told to move; for tests and the sandbox. */
export class ManualClock implements Clock {
  constructor(private instant: number) {}

  now(): number {
    return this.instant;
  }

  /** Moves forward by `ms`; a clock never runs backwards. */
  advance(ms: number): void {
    if (ms < 0) throw new RangeError(`a clock cannot go back (asked for ${ms} ms)`);
    this.instant += ms;
  }

  set(instantMs: number): void {
    this.instant = instantMs;
  }
}
