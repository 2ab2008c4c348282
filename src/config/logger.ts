import pino, { type DestinationStream, type Logger } from 'pino';
import type { Config } from './config.js';

export type Log = Logger;

/** Injection token of the root logger. */
export const LOG = Symbol('Log');

/** Members that never reach a log, at the top and one level down: credentials, and everything that may hold PHI. */
const REDACTED = [
  'authorization',
  'cookie',
  'password',
  'token',
  'secret',
  'body',
  'patient',
  'firstName',
  'lastName',
  'name',
  'email',
  'phone',
  'dateOfBirth',
  'note',
  'notes',
  'answers',
  'subscriberId',
].flatMap((name) => [name, `*.${name}`]);

/** JSON lines on standard output (or where a test reads them), ids only (law 8). */
export function createLog(config: Pick<Config, 'LOG_LEVEL'>, destination?: DestinationStream): Log {
  const options = {
    level: config.LOG_LEVEL,
    base: undefined,
    redact: { paths: REDACTED, censor: '[redacted]' },
    serializers: { err: errorWithoutPhi },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** Driver and vendor messages may quote a document's values: of unknown errors only name, code and stack frames are kept. */
function errorWithoutPhi(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error };
  const frames = (error.stack ?? '').split('\n').filter((line) => line.trimStart().startsWith('at '));
  const code = (error as { code?: unknown }).code;
  return { type: error.name, code, stack: frames.slice(0, 12).join('\n') };
}
