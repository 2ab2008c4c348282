import { isPluginError, Retryable } from '../errors.js';

/** The answer as a list; anything else is `Retryable('unexpected_answer')`. */
export function asList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Retryable('unexpected_answer');
}

/** The answer as an object; anything else is `Retryable('unexpected_answer')`. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Retryable('unexpected_answer');
}

/** What a look-up found: null in place of `NotFound`. */
export async function orNull<T>(lookup: Promise<T>): Promise<T | null> {
  try {
    return await lookup;
  } catch (error) {
    if (isPluginError(error) && error.kind === 'not_found') return null;
    throw error;
  }
}
