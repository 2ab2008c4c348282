/** One orderly way out: whatever was started is stopped in reverse order, once, whoever asks. */

const PARENT_POLL_MS = 250;

/**
 * @typedef {object} Shutdown
 * @property {(undo: () => Promise<void> | void) => () => void} defer adds an undo; answers a function that takes it back
 * @property {(code: number, last?: () => void) => Promise<never>} exit runs the undos, last first, then `last`, and
 *   leaves with `code`; only the first call counts
 * @property {() => boolean} stopping
 */

/**
 * Ends on SIGINT, SIGTERM, SIGHUP, or when the parent is gone: the process that handed over to us, or npm.
 * @param {{ onSignal?: () => unknown, signalCode: number }} options signalCode: exit code after a signal
 * @returns {Shutdown}
 */
export function createShutdown({ onSignal, signalCode }) {
  /** @type {Array<() => Promise<void> | void>} */
  const undos = [];
  /** @type {Promise<never> | undefined} */
  let leaving;

  /** @param {number} code @param {() => void} [last] */
  const unwind = async (code, last) => {
    for (let undo = undos.pop(); undo; undo = undos.pop()) {
      try {
        await undo();
      } catch (error) {
        process.stderr.write(`  while stopping: ${error instanceof Error ? error.message : String(error)}\n`);
      }
    }
    last?.();
    return process.exit(code);
  };
  /** @param {number} code @param {() => void} [last] */
  const exit = (code, last) => (leaving ??= unwind(code, last));
  const onAsked = () => {
    if (leaving) return;
    onSignal?.();
    void exit(signalCode);
  };
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, onAsked);
  if (process.channel) {
    process.on('disconnect', onAsked);
    process.channel.unref();
  } else if (process.env.npm_lifecycle_event) {
    // The package scripts `exec` us, so that npm's signals reach us and not a shell; a killed npm sends none.
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && onAsked(), PARENT_POLL_MS).unref();
  }

  return {
    defer(undo) {
      undos.push(undo);
      return () => {
        const at = undos.lastIndexOf(undo);
        if (at >= 0) undos.splice(at, 1);
      };
    },
    exit,
    stopping: () => leaving !== undefined,
  };
}
