/** What a stage of `npm test` counted, and the one line that closes the run. */

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/** @returns {Counts} */
export const noCounts = () => ({ passed: 0, failed: 0, skipped: 0 });

/** @param {Counts[]} all @returns {Counts} */
export function sum(all) {
  return all.reduce(
    (total, counts) => ({
      passed: total.passed + counts.passed,
      failed: total.failed + counts.failed,
      skipped: total.skipped + counts.skipped,
    }),
    noCounts(),
  );
}

/**
 * A stage that crashed or that ran nothing has failed, whatever it counted.
 * @param {Counts} counts
 * @param {number} exitCode of the stage's command
 * @returns {Counts}
 */
export function honest(counts, exitCode) {
  const ranNothing = counts.passed + counts.failed === 0;
  return counts.failed === 0 && (exitCode !== 0 || ranNothing) ? { ...counts, failed: 1 } : counts;
}

/**
 * @param {Record<string, any> | undefined} report what `jest --json` wrote; undefined when it wrote nothing
 * @returns {Counts}
 */
export function jestCounts(report) {
  if (!report) return noCounts();
  return {
    passed: report.numPassedTests,
    // A spec file that cannot be loaded has no failed test of its own.
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites + (report.wasInterrupted ? 1 : 0),
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * @param {string} output of `node --test`, by its TAP (`# pass 3`) or spec reporter (`ℹ pass 3`)
 * @returns {Counts}
 */
export function nodeTestCounts(output) {
  const last = (/** @type {string} */ name) => {
    const found = [...output.matchAll(new RegExp(`^(?:#|ℹ) ${name} (\\d+)$`, 'gm'))].at(-1);
    return Number(found?.[1] ?? 0);
  };
  return { passed: last('pass'), failed: last('fail') + last('cancelled'), skipped: last('skipped') + last('todo') };
}

/** @param {Counts} counts @returns {string} */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
