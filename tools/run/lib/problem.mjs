/** What the two commands say when something stops them: one clear sentence, what to do, and the last lines of the tool that failed. */

/** A failure that a person can mend. `message` is one sentence, `fix` says what to do, `detail` is a tool's own output. */
export class Problem extends Error {
  /**
   * @param {string} message one sentence: what is wrong, and where
   * @param {string} [fix] one sentence: what to do about it
   * @param {string} [detail] the failing tool's last lines
   */
  constructor(message, fix = '', detail = '') {
    super(message);
    this.name = 'Problem';
    this.fix = fix;
    this.detail = detail;
  }
}

const DISK_FULL = /\bENOSPC\b|No space left on device|disk full/i;
const UNWRITABLE = new Set(['EACCES', 'EPERM', 'EROFS']);

/**
 * Any thrown value as a Problem. A full disk is recognised wherever it shows: in the error, in its cause or in a tool's output.
 * @param {unknown} thrown
 * @param {string} root folder of the checkout
 * @returns {Problem}
 */
export function asProblem(thrown, root) {
  const error = /** @type {NodeJS.ErrnoException & {detail?: string}} */ (
    thrown instanceof Error ? thrown : new Error(String(thrown))
  );
  const cause = /** @type {NodeJS.ErrnoException | undefined} */ (
    error.cause instanceof Error ? error.cause : undefined
  );
  const code = error.code ?? cause?.code;
  const said = [error.message, cause?.message, error.detail].filter(Boolean).join('\n');
  if (code === 'ENOSPC' || DISK_FULL.test(said)) {
    const where = error.path ?? cause?.path ?? root;
    return new Problem(`The disk that holds ${where} is full.`, 'Free about 3 GB there and run the command again.');
  }
  if (error instanceof Problem) return error;
  if (code && UNWRITABLE.has(code)) {
    const where = error.path ?? root;
    return new Problem(
      `Cannot write to ${where} (${code}).`,
      `Make the checkout in ${root} writable for this user, or clone it into a folder of your own.`,
    );
  }
  if (code === 'ENOENT' && error.syscall?.startsWith('spawn')) {
    return new Problem(
      `The program "${error.path}" is needed and was not found.`,
      'Install it, or add its folder to PATH, and run the command again.',
    );
  }
  return new Problem(
    `Something unforeseen failed: ${error.message}`,
    'Please report it with the lines below.',
    error.stack,
  );
}

/**
 * @param {Problem} problem
 * @returns {string} what to print, ending in a line break
 */
export function describe(problem) {
  const detail = problem.detail.trim();
  const indented = detail ? detail.replace(/^/gm, '    ') + '\n' : '';
  return `\n✗ ${problem.message}\n${problem.fix ? `  ${problem.fix}\n` : ''}${indented}`;
}
