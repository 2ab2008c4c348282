import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Fault } from './check.js';

/** What an emulated vendor's HTTP does wrong, beside the faults that every kind of other side can have. */
export type HttpFault =
  /** The key is none of the vendor's. */
  | 'wrong_key'
  /** The key worked before, and was withdrawn. */
  | 'revoked_key'
  /** 429 whose Retry-After is a date, 90 s ahead on the vendor's clock. */
  | 'rate_limited_until'
  | 'internal_error'
  | 'gateway_timeout'
  /** The connection breaks before the request is looked at. */
  | 'reset'
  /** What follows is done over there, but the answer is spoilt on its way. */
  | SpoiltAnswer;

/** Answers that come with a status of 200 and are worth nothing. */
export const SPOILT_ANSWERS = ['malformed_json', 'truncated', 'html', 'odd_json', 'huge'] as const;
export type SpoiltAnswer = (typeof SPOILT_ANSWERS)[number];

/** Length of a `huge` answer, which is valid JSON. */
const HUGE_BYTES = 200 * 1024 * 1024;

const HTML =
  '<!doctype html><html><head><title>Sign in</title></head><body>Please sign in to the network.</body></html>';
const PIECE = Buffer.alloc(64 * 1024, ' ');

interface Sound {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Sends an answer, spoilt as `fault` says. `count` is told how many bytes of its body go out. */
export async function spoil(
  fault: Fault | HttpFault,
  response: ServerResponse,
  sound: Sound,
  count: (bytes: number) => void,
): Promise<void> {
  const { headers } = sound;
  const send = (status: number, body: string, more: Record<string, string> = {}) => {
    count(Buffer.byteLength(body));
    response.writeHead(status, { ...headers, ...more }).end(body);
  };
  if (fault === 'malformed_json') return send(200, `${sound.body.slice(0, -1)},,`);
  if (fault === 'odd_json') return send(200, '"all is well"');
  if (fault === 'html') return send(200, HTML, { 'content-type': 'text/html; charset=utf-8' });
  if (fault === 'huge') return sendHuge(response, headers, count);
  if (fault !== 'truncated') return send(sound.status, sound.body);
  const body = Buffer.from(sound.body);
  const half = body.subarray(0, Math.floor(body.byteLength / 2));
  count(half.byteLength);
  response.writeHead(200, { ...headers, 'content-length': String(body.byteLength + 1) });
  response.write(half, () => response.destroy());
}

async function sendHuge(
  response: ServerResponse,
  headers: Record<string, string>,
  count: (bytes: number) => void,
): Promise<void> {
  const gone = new Promise((resolve) => response.once('close', resolve));
  response.writeHead(200, headers).write('[');
  for (let sent = 0; sent < HUGE_BYTES && !response.destroyed; sent += PIECE.byteLength) {
    count(PIECE.byteLength);
    if (!response.write(PIECE)) await Promise.race([once(response, 'drain'), gone]);
  }
  response.end(']');
}
