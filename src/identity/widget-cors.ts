import type { NextFunction, Request, Response } from 'express';
import { isWebOrigin } from '../http/index.js';

const EXPOSED = 'RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, Idempotency-Replayed';

/**
 * CORS of the widget API. The answer names the asking origin, never `*`, and never allows credentials: what a page may do is
 * decided by its session, which is bound to an origin of the key's list. Other paths send no CORS headers at all.
 */
export function widgetCors(request: Request, response: Response, next: NextFunction): void {
  response.vary('Origin');
  const { origin } = request.headers;
  if (origin === undefined || !isWebOrigin(origin)) return next();
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader('Access-Control-Expose-Headers', EXPOSED);
  if (request.method !== 'OPTIONS') return next();
  response.setHeader('Access-Control-Allow-Methods', 'GET, POST, DELETE');
  response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type, Idempotency-Key, X-Request-Id');
  response.setHeader('Access-Control-Max-Age', '600');
  response.status(204).end();
}
