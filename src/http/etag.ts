import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { invalid } from '../kernel/index.js';

/** Documents the header on the route whose parameter reads it. */
const documented: ParameterDecorator = (target, name) => {
  if (name === undefined) return;
  const route = Object.getOwnPropertyDescriptor(target, name) as PropertyDescriptor;
  const header = ApiHeader({
    name: 'If-Match',
    required: false,
    description:
      'The ETag of the document that you read: `"v<version>"`. 412 `version_mismatch` when it has changed since.',
    schema: { type: 'string', pattern: '^(\\*|"v[0-9]{1,9}")$' },
  });
  header(target, name, route);
};

/** The version named by `If-Match`, or undefined when the header is absent or `*`. */
export const IfMatch = createParamDecorator(
  (_: unknown, context: ExecutionContext): number | undefined => {
    const header = context.switchToHttp().getRequest<Request>().headers['if-match'];
    if (header === undefined || header === '*') return undefined;
    const version = /^"v(\d{1,9})"$/.exec(header)?.[1];
    if (version === undefined)
      throw invalid('header:If-Match', 'format', 'If-Match must be the ETag of an answer, e.g. "v3".');
    return Number(version);
  },
  [documented],
);

/** Sets the ETag of a document that people edit, and hands the document on. */
export function withEtag<T extends { version: number }>(response: Response, document: T): T {
  response.setHeader('ETag', `"v${document.version}"`);
  return document;
}
