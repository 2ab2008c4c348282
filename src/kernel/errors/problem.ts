import { PROBLEMS, type FieldError, type ProblemCode } from './catalogue.js';

export interface ProblemOptions {
  errors?: FieldError[];
  /** Extra members of the answer, e.g. `alternatives` of `slot_taken`. Public: no PHI, no foreign ids. */
  extensions?: Record<string, unknown>;
  /** Seconds for the Retry-After header. */
  retryAfter?: number;
  /** What really happened; goes to the log, never to the answer. */
  cause?: unknown;
}

/** The one error class that use cases throw. `detail` is shown to the caller: say what was wrong, where, and what to do. */
export class Problem extends Error {
  readonly status: number;
  readonly errors: FieldError[] | undefined;
  readonly extensions: Record<string, unknown>;
  readonly retryAfter: number | undefined;

  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    options: ProblemOptions = {},
  ) {
    super(detail, { cause: options.cause });
    this.name = 'Problem';
    this.status = PROBLEMS[code].status;
    this.errors = options.errors;
    this.extensions = options.extensions ?? {};
    this.retryAfter = options.retryAfter;
  }
}

/** The same words for a missing and for a foreign thing, so that nobody learns which it was (law 2). */
export function notFound(what: string): Problem {
  return new Problem('not_found', `No ${what} with this id exists here.`);
}

export function invalid(pointer: string, code: string, detail: string): Problem {
  return new Problem('invalid_request', detail, { errors: [{ pointer, code, detail }] });
}

/**
 * Runs `work` on a part of the body: a problem that it meets names its fields from `pointer` on, or the part as a whole
 * when it names none.
 */
export async function within<T>(pointer: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { code, detail, extensions, retryAfter, cause } = error;
    const errors = error.errors?.map((one) => ({ ...one, pointer: `${pointer}${one.pointer}` }));
    throw new Problem(code, detail, {
      errors: errors ?? [{ pointer, code, detail }],
      extensions,
      cause,
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
  }
}
