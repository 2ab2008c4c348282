/** Runs stages two at a time on two cores, each one's output kept together. */
import { noCounts } from './counts.mjs';

/**
 * @typedef {object} Outcome
 * @property {import('./stages.mjs').Stage} stage
 * @property {import('./counts.mjs').Counts} counts
 * @property {string} output
 * @property {number} ms
 */

/** @param {Outcome} outcome @returns {boolean} */
export const failed = ({ counts }) => counts.failed > 0;

/**
 * @param {import('./stages.mjs').Stage[]} stages in the order in which they should start
 * @param {{ slots: number, context: import('./stages.mjs').Context, onEnd: (outcome: Outcome) => void }} options
 * @returns {Promise<Outcome[]>} one for each stage, in their given order
 */
export async function schedule(stages, { slots, context, onEnd }) {
  const waiting = [...stages];
  /** @type {Map<string, Outcome>} */
  const done = new Map();
  /** @type {Map<string, Promise<void>>} */
  const active = new Map();
  let lonely = false;

  /** @param {import('./stages.mjs').Stage} stage @param {() => Promise<import('./stages.mjs').StageResult>} work */
  const begin = async (stage, work) => {
    const started = performance.now();
    const result = await work().catch((error) => {
      const output = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return { counts: { ...noCounts(), failed: 1 }, output };
    });
    const outcome = { stage, ...result, ms: performance.now() - started };
    done.set(stage.name, outcome);
    active.delete(stage.name);
    if (stage.alone) lonely = false;
    onEnd(outcome);
  };

  const inPlay = new Set(stages.map(({ name }) => name));
  const startable = (/** @type {import('./stages.mjs').Stage} */ stage) => {
    const prerequisites = (stage.after ?? []).filter((name) => inPlay.has(name));
    return (
      !lonely &&
      active.size < slots &&
      (!stage.alone || active.size === 0) &&
      prerequisites.every((name) => done.has(name))
    );
  };

  while ((waiting.length > 0 || active.size > 0) && !context.shutdown.stopping()) {
    for (let at = waiting.findIndex(startable); at >= 0; at = waiting.findIndex(startable)) {
      const [stage] = /** @type {[import('./stages.mjs').Stage]} */ (waiting.splice(at, 1));
      const broken = stage.after?.find((name) => (done.get(name)?.counts.failed ?? 0) > 0);
      lonely = stage.alone ?? false;
      const work = broken
        ? async () => ({
            counts: { ...noCounts(), failed: 1 },
            output: `Not run, because the stage "${broken}" failed.`,
          })
        : () => stage.run(context);
      active.set(stage.name, begin(stage, work));
    }
    await Promise.race(active.values());
  }
  return stages.flatMap((stage) => done.get(stage.name) ?? []);
}
