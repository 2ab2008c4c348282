import { Catch, HttpException, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { CONFIG, LOG, type Config, type Log } from '../config/index.js';
import { Problem, PROBLEMS, type ProblemBody, type ProblemCode } from '../kernel/index.js';
import { isDuplicateKey, isUnavailable } from '../persistence/index.js';
import { RateLimits } from './rate-limits.js';

const BY_STATUS: Record<number, ProblemCode> = {
  400: 'invalid_request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  413: 'body_too_large',
  415: 'unsupported_media_type',
  422: 'unprocessable',
  429: 'rate_limited',
  503: 'unavailable',
};

/** Answers that tell a caller that something is not theirs; they have a budget. */
const REFUSALS = new Set([401, 403, 404]);

/** Turns every error, whoever threw it, into an RFC 9457 answer (law 7). */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    @Inject(LOG) private readonly log: Log,
    @Inject(CONFIG) private readonly config: Config,
    private readonly limits: RateLimits,
  ) {}

  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    const found = toProblem(error, request);
    const counts = REFUSALS.has(found.status) && !response.headersSent;
    const problem = counts ? await this.limits.refusal(found, request, response).catch(() => found) : found;
    if (problem.status >= 500) {
      this.log.error(
        { requestId: request.requestId, code: problem.code, err: problem.cause ?? error },
        'a request ended in an error',
      );
    }
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (problem.retryAfter !== undefined) response.setHeader('Retry-After', String(Math.ceil(problem.retryAfter)));
    if (problem.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
    response.setHeader('Cache-Control', 'no-store');
    response
      .status(problem.status)
      .type('application/problem+json')
      .send(JSON.stringify(bodyOf(problem, this.config.BASE_URL, request.requestId ?? '')));
  }
}

export function bodyOf(problem: Problem, baseUrl: string, requestId: string): ProblemBody {
  return {
    ...problem.extensions,
    type: `${baseUrl}/problems/${problem.code}`,
    title: PROBLEMS[problem.code].title,
    status: problem.status,
    detail: problem.detail,
    code: problem.code,
    requestId,
    ...(problem.errors ? { errors: problem.errors } : {}),
  };
}

function toProblem(error: unknown, request: Request): Problem {
  if (error instanceof Problem) return error;
  if (isUnavailable(error))
    return new Problem('unavailable', 'The database does not answer. Try again in a moment.', {
      retryAfter: 2,
      cause: error,
    });
  if (isDuplicateKey(error))
    return new Problem('already_exists', 'Something with the same unique value exists already.', { cause: error });
  const { status, statusCode } = error as { status?: number; statusCode?: number };
  if (error instanceof SyntaxError || error instanceof URIError)
    return new Problem('invalid_request', 'The request could not be read.');
  const code = error instanceof HttpException ? BY_STATUS[error.getStatus()] : BY_STATUS[status ?? statusCode ?? 0];
  if (code === 'not_found')
    return new Problem('not_found', `There is no ${request.method} ${request.path.slice(0, 200)} here.`);
  if (code)
    return new Problem(code, error instanceof HttpException ? error.message : PROBLEMS[code].title, { cause: error });
  return new Problem('internal', 'Something went wrong on our side. Quote the request id when you ask about it.', {
    cause: error,
  });
}
