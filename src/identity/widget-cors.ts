import type { NextFunction, Request, Response } from 'express';
import { isWebOrigin } from '../http/index.js';

const EXPOSED = 'RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, Idempotency-Replayed';

/**
 * CORS of the widget API, before anything else reads the request, so that every answer carries it, refusals of bodies too.
 * The answer names the asking origin, never `*`, and never allows credentials: what a page may do is decided by its session,
 * which is bound to an origin of the key's list. A preflight ends here, whoever asks. Other paths send no CORS headers at all.
 */
export function widgetCors(request: Request, response: Response, next: NextFunction): void {
  response.vary('Origin');
  const { origin } = request.headers;
  const preflight = request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
  if (origin !== undefined && isWebOrigin(origin)) {
    response.setHeader('Access-Control-Allow-Origin', origin);
    response.setHeader('Access-Control-Expose-Headers', EXPOSED);
    if (preflight) {
      response.setHeader('Access-Control-Allow-Methods', 'GET, POST, DELETE');
      response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type, Idempotency-Key, X-Request-Id');
      response.setHeader('Access-Control-Max-Age', '600');
    }
  }
  if (!preflight) return next();
  response.status(204).end();
}
