import { isUtf8 } from 'node:buffer';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { Problem, type ProblemCode } from '../kernel/index.js';

const BODY_LIMIT = '256kb';
const MAX_DEPTH = 20;
const MAX_NODES = 20_000;
/** Vendors' webhooks: any media type, kept as raw bytes, parsed by nobody before the plugin has verified them. */
const RAW_PATH = /^\/v1\/hooks\//i;
const FORBIDDEN_KEY = /^\$|\.|\0|^(?:__proto__|constructor|prototype)$/;

declare module 'express' {
  interface Request {
    rawBody?: Buffer;
  }
}

/** Reads JSON bodies of at most 256 kB in valid UTF-8; other media types are refused, and shapes that no DTO has too. */
export function bodyRules(): RequestHandler[] {
  const raw = express.raw({ limit: BODY_LIMIT, type: () => true }) as RequestHandler;
  return [rawBody(raw), mediaType, json, shape];
}

/** What the body parser calls its errors, and what we call them. */
const BODY_ERRORS: Record<string, [ProblemCode, string]> = {
  'entity.too.large': ['body_too_large', 'A body may have at most 256 kB.'],
  'entity.parse.failed': ['invalid_json', 'The body could not be read as JSON.'],
  'entity.verify.failed': ['invalid_json', 'The body is not valid UTF-8.'],
  'encoding.unsupported': ['unsupported_media_type', 'Send the body as it is or with gzip, deflate or br.'],
  'charset.unsupported': ['unsupported_media_type', 'Send JSON as UTF-8.'],
  'request.size.invalid': ['invalid_request', 'The body does not have the length that Content-Length says.'],
  'request.aborted': ['invalid_request', 'The request ended too early.'],
};

const parse = express.json({
  limit: BODY_LIMIT,
  strict: true,
  type: isJson,
  verify: (request: Request, _response, buffer) => {
    if (!isUtf8(buffer)) throw new Error('not UTF-8');
    request.rawBody = buffer;
  },
}) as RequestHandler;

/** Named here, while the parser's own kind of error is known: further out it looks like any other. */
function json(request: Request, response: Response, next: NextFunction): void {
  parse(request, response, (error?: unknown) => {
    const known = BODY_ERRORS[(error as { type?: string } | undefined)?.type ?? ''];
    next(known ? new Problem(...known) : error);
  });
}

function rawBody(read: RequestHandler): RequestHandler {
  return (request: Request, response, next) => {
    if (!RAW_PATH.test(request.path)) return next();
    read(request as never, response, (error?: unknown) => {
      if (Buffer.isBuffer(request.body)) request.rawBody = request.body;
      request.body = undefined;
      next(error);
    });
  };
}

function isJson(request: { headers: Record<string, unknown> }): boolean {
  return /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(String(request.headers['content-type'] ?? ''));
}

function mediaType(request: Request, _response: Response, next: NextFunction): void {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (hasBody && !isJson(request) && !RAW_PATH.test(request.path)) {
    return next(new Problem('unsupported_media_type', 'Send the body as application/json.'));
  }
  next();
}

function shape(request: Request, _response: Response, next: NextFunction): void {
  next(request.body === undefined ? undefined : faultOf(request.body));
}

/** Walks without recursion, so that depth cannot exhaust the stack. */
function faultOf(body: unknown): Problem | undefined {
  const open: [value: unknown, depth: number, pointer: string][] = [[body, 0, '']];
  let nodes = 0;
  for (let next = open.pop(); next; next = open.pop()) {
    const [value, depth, pointer] = next;
    if (typeof value !== 'object' || value === null) continue;
    if (depth >= MAX_DEPTH) return refused(pointer, 'too_deep', `A body may be nested ${MAX_DEPTH} levels deep.`);
    for (const [key, member] of Object.entries(value)) {
      if (++nodes > MAX_NODES) return refused('', 'too_many', `A body may have ${MAX_NODES} values.`);
      if (FORBIDDEN_KEY.test(key))
        return refused(
          pointer,
          'forbidden_name',
          'A member name may not begin with $, hold a dot or name a prototype.',
        );
      open.push([member, depth + 1, `${pointer}/${key}`.slice(0, 200)]);
    }
  }
  return undefined;
}

function refused(pointer: string, code: string, detail: string): Problem {
  return new Problem('invalid_request', detail, { errors: [{ pointer, code, detail }] });
}
