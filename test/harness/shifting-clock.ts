import type { Clock } from '../../src/kernel/index.js';

/** A clock that runs as the real one does, and can be set ahead. */
export class ShiftingClock implements Clock {
  private shift: number;

  /** @param start epoch ms that it shows now. */
  constructor(start: number) {
    this.shift = start - Date.now();
  }

  now(): number {
    return Date.now() + this.shift;
  }

  advance(ms: number): void {
    this.shift += ms;
  }
}
