import type { NextFunction, Request, Response } from 'express';
import { Problem } from '../kernel/index.js';

/** Queries are flat texts: no arrays, no nesting, no control characters. Which names are known is each route's DTO. */
export function queryRules(request: Request, _response: Response, next: NextFunction): void {
  for (const [name, value] of Object.entries(request.query)) {
    const pointer = `query:${name.slice(0, 40)}`;
    if (typeof value !== 'string' || /[\u0000-\u001f\ufffd]/.test(value) || value.length > 600) {
      const detail = 'A query parameter is given once, as text of at most 600 characters.';
      return next(new Problem('invalid_request', detail, { errors: [{ pointer, code: 'format', detail }] }));
    }
  }
  next();
}
