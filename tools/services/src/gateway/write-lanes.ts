/** Time in ms after which a write counts as blocked by somebody's lock and no longer holds up the others. */
const BLOCKED_AFTER = 100;

/**
 * Lets few single writes run at once. Rivals for one document do not fail in PostgreSQL as they do in MongoDB: each
 * waits for the one before and then looks again, and twenty that do so are four times slower than four. A write that
 * takes long, because a transaction holds its document, gives up its lane while it waits, so that it stops nobody.
 */
export class WriteLanes {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(lanes: number) {
    this.#free = lanes;
  }

  /** Runs `write` when a lane is free. */
  async run<T>(write: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let held = true;
    const leave = (): void => {
      if (!held) return;
      held = false;
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    };
    const timer = setTimeout(leave, BLOCKED_AFTER);
    try {
      return await write();
    } finally {
      clearTimeout(timer);
      leave();
    }
  }
}
