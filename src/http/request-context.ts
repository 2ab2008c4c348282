import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import { Histogram } from 'prom-client';
import type { Log } from '../config/index.js';

const duration = new Histogram({
  name: 'openchair_http_seconds',
  help: 'Duration of HTTP requests by route template',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});

const SAFE_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** Gives each request its id (the caller's, when it is harmless) and writes one log line when it ends: no query, no body. */
export function requestContext(log: Log) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const given = request.headers['x-request-id'];
    const requestId = typeof given === 'string' && SAFE_ID.test(given) ? given : `req_${randomUUID()}`;
    request.requestId = requestId;
    response.setHeader('X-Request-Id', requestId);
    const started = process.hrtime.bigint();
    response.on('finish', () => {
      const seconds = Number(process.hrtime.bigint() - started) / 1e9;
      const route = (request.route as { path?: string } | undefined)?.path ?? 'unmatched';
      duration.observe({ method: request.method, route, status: String(response.statusCode) }, seconds);
      const line = {
        requestId,
        method: request.method,
        route,
        status: response.statusCode,
        ms: Math.round(seconds * 1e3),
        credential: request.principal?.credentialId,
      };
      if (response.statusCode >= 500) log.error(line, 'request failed');
      else log.debug(line, 'request');
    });
    next();
  };
}
