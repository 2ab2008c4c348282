/** Progress for people and for CI logs: `› Building… 8.2 s`. No terminal is needed. */

/** @param {number} ms @returns {string} seconds, with one decimal below ten */
export function seconds(ms) {
  const s = ms / 1000;
  return s < 9.95 ? `${s.toFixed(1)} s` : `${Math.round(s)} s`;
}

/**
 * Prints steps. Steps may overlap: a line that was interrupted by another is repeated with its time when it ends.
 * @param {(text: string) => void} [write]
 */
export function createProgress(write = (text) => void process.stdout.write(text)) {
  /** @type {string | undefined} the step whose line is still open */
  let open;

  /** @param {string} text a whole line of its own */
  const line = (text) => {
    write(`${open === undefined ? '' : '\n'}${text}\n`);
    open = undefined;
  };

  return {
    line,
    /**
     * Runs a step and prints how long it took.
     * @template T
     * @param {string} label
     * @param {() => Promise<T> | T} work
     * @returns {Promise<T>}
     */
    async step(label, work) {
      const started = performance.now();
      write(`${open === undefined ? '' : '\n'}› ${label}…`);
      open = label;
      try {
        const result = await work();
        const took = seconds(performance.now() - started);
        write(open === label ? ` ${took}\n` : `${open === undefined ? '' : '\n'}› ${label}: ${took}\n`);
        open = undefined;
        return result;
      } catch (error) {
        if (open !== undefined) write('\n');
        open = undefined;
        throw error;
      }
    },
  };
}

/** @typedef {ReturnType<typeof createProgress>} Progress */
