import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request, Response } from 'express';
import { invalid } from '../kernel/index.js';

/** The version named by `If-Match`, or undefined when the header is absent or `*`. */
export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext): number | undefined => {
  const header = context.switchToHttp().getRequest<Request>().headers['if-match'];
  if (header === undefined || header === '*') return undefined;
  const version = /^"v(\d{1,9})"$/.exec(header)?.[1];
  if (version === undefined)
    throw invalid('header:If-Match', 'format', 'If-Match must be the ETag of an answer, e.g. "v3".');
  return Number(version);
});

/** Sets the ETag of a document that people edit, and hands the document on. */
export function withEtag<T extends { version: number }>(response: Response, document: T): T {
  response.setHeader('ETag', `"v${document.version}"`);
  return document;
}
