import type { Problem, SlotView } from './generated/types.gen.js';

/** Every reason for which the API refuses a request. */
export type ProblemCode = Problem['code'];

/** What some codes carry beside the common members. */
interface Extensions {
  /** Up to three other times, nearest first. */
  slot_taken: { alternatives: SlotView[] };
  /** What can be done with the appointment in its present status: `confirm`, `cancel`, `reschedule`, … */
  wrong_transition: { appointmentStatus: string; allowed: string[] };
}

/** The problem document of one code. */
export type ProblemOf<Code extends ProblemCode> = Problem & { code: Code } & (Code extends keyof Extensions
    ? Extensions[Code]
    : unknown);

/** The API answered, and refused: `problem` is its RFC 9457 document. */
export class OpenChairError<Code extends ProblemCode = ProblemCode> extends Error {
  override readonly name = 'OpenChairError';
  readonly code: Code;
  readonly status: number;
  /** Name it when you ask for help: the server's log has it. */
  readonly requestId: string;

  /** @param retryAfter seconds after which a new attempt makes sense, where the API said so */
  constructor(
    readonly problem: ProblemOf<Code>,
    readonly retryAfter?: number,
  ) {
    super(`${problem.code}: ${problem.detail}`);
    this.code = problem.code;
    this.status = problem.status;
    this.requestId = problem.requestId;
  }

  /** Whether an error is the API's refusal with this code; then `error.problem` has the members of the code. */
  static is<C extends ProblemCode>(error: unknown, code: C): error is OpenChairError<C> {
    return error instanceof OpenChairError && error.code === code;
  }
}

/**
 * No answer of the API came: the network failed, time ran out, or something between answered in its place. Whether the request
 * was carried out is not known; `cause` says what happened.
 */
export class OpenChairConnectionError extends Error {
  override readonly name = 'OpenChairConnectionError';
}

/** A problem document, by its members. */
export function isProblem(body: unknown): body is Problem {
  const { code, status, detail } = (body ?? {}) as Partial<Record<keyof Problem, unknown>>;
  return typeof code === 'string' && typeof status === 'number' && typeof detail === 'string';
}
