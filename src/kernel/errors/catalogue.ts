/**
 * Every error that the API can answer, once (law 7). `title` is the same for each occurrence; `detail` says what happened.
 * The code is part of the contract: add codes, never rename them.
 */
export const PROBLEMS = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  invalid_json: { status: 400, title: 'The body is not valid JSON' },
  unauthenticated: { status: 401, title: 'No valid credential was given' },
  forbidden: { status: 403, title: 'This credential may not do that' },
  practice_inactive: { status: 403, title: 'The practice is switched off' },
  agency_suspended: { status: 403, title: 'The agency is suspended' },
  origin_not_allowed: { status: 403, title: 'This site may not use the widget key' },
  not_found: { status: 404, title: 'There is no such thing' },
  conflict: { status: 409, title: 'The change does not fit the present state' },
  already_exists: { status: 409, title: 'It exists already' },
  in_use: { status: 409, title: 'It is in use elsewhere' },
  last_admin: { status: 409, title: 'Somebody has to stay in charge' },
  last_location: { status: 409, title: 'A practice keeps one location' },
  slot_taken: { status: 409, title: 'That time has just been taken' },
  appointments_in_the_way: { status: 409, title: 'Appointments stand in that time' },
  hold_expired: { status: 409, title: 'The hold has expired' },
  offer_over: { status: 409, title: 'The offer is over' },
  wrong_transition: { status: 409, title: 'The appointment cannot go to that state' },
  setup_incomplete: { status: 409, title: 'The practice is not ready for that' },
  idempotency_in_progress: { status: 409, title: 'The first request with this key is still running' },
  version_mismatch: { status: 412, title: 'It was changed by someone else meanwhile' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body has an unsupported media type' },
  unprocessable: { status: 422, title: 'The request was understood but cannot be carried out' },
  idempotency_mismatch: { status: 422, title: 'The idempotency key was used with another request' },
  policy_refused: { status: 422, title: 'The rules of the practice do not allow it' },
  rate_limited: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'Something went wrong on our side' },
  unavailable: { status: 503, title: 'A part of the service does not answer' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** One fault of one field. `pointer` is a JSON pointer into the body, or `query:name` / `header:name` / `path:name`. */
export interface FieldError {
  pointer: string;
  code: string;
  detail: string;
}

/** RFC 9457 body of every error answer. */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ProblemCode;
  requestId: string;
  errors?: FieldError[];
  [extension: string]: unknown;
}
