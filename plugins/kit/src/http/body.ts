import { Retryable } from '../errors.js';

/** A body that was read to its end. `fault`: why it is not JSON; an empty body is neither. */
export interface BodyContent {
  readonly json: unknown;
  readonly fault?: 'html_instead_of_json' | 'malformed_json';
}

/** Reads at most `maxBytes`; beyond it the rest is not waited for, and `Retryable('response_too_large')` is thrown. */
export async function readBody(response: Response, maxBytes: number): Promise<BodyContent> {
  const text = new TextDecoder().decode(await readBytes(response, maxBytes));
  if (text.trim() === '') return { json: undefined };
  try {
    return { json: JSON.parse(text) as unknown };
  } catch {
    return { json: undefined, fault: /^\s*</.test(text) ? 'html_instead_of_json' : 'malformed_json' };
  }
}

async function readBytes(response: Response, maxBytes: number): Promise<Uint8Array> {
  if (!response.body) return new Uint8Array();
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    if (Number(response.headers.get('content-length') ?? 0) > maxBytes) throw new Retryable('response_too_large');
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return Buffer.concat(chunks, size);
      size += value.byteLength;
      if (size > maxBytes) throw new Retryable('response_too_large');
      chunks.push(value);
    }
  } finally {
    // After a whole body nothing is left to cancel; before its end the connection is given up.
    await reader.cancel().catch(() => undefined);
  }
}
