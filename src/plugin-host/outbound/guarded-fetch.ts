import { Rejected, Retryable } from '@openchair/plugin-kit';
import { fetch as undiciFetch } from 'undici';
import { AddressRefused, type OutboundGuard } from './outbound-guard.js';

/** Bytes of an answer, after decompression. */
export const RESPONSE_LIMIT = 20 * 1024 * 1024;

/**
 * The `fetch` that adapters get. It connects only where the guard allows, follows no redirect (an error, as with
 * `redirect: 'error'`) and ends an answer at 20 MB. A refused address is `Rejected('address_refused')`, so that nobody retries it.
 * It is undici's: bodies are text, bytes, streams or URLSearchParams; the engine's own Request and FormData are not understood.
 */
export function guardedFetch(guard: OutboundGuard): typeof fetch {
  const guarded = async (input: string | URL, init: Parameters<typeof undiciFetch>[1] = {}) => {
    const url = new URL(input);
    try {
      guard.assertScheme(url);
      const response = await undiciFetch(url, { ...init, redirect: 'error', dispatcher: guard.agent });
      return limited(response as unknown as Response);
    } catch (error) {
      throw isRefusal(error) ? new Rejected('address_refused') : error;
    }
  };
  return guarded as typeof fetch;
}

/** undici wraps what a connector throws. */
function isRefusal(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof AddressRefused) return true;
  return false;
}

function limited(response: Response): Response {
  if (!response.body) return response;
  let size = 0;
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      size += chunk.byteLength;
      if (size > RESPONSE_LIMIT) controller.error(new Retryable('response_too_large'));
      else controller.enqueue(chunk);
    },
  });
  const { status, statusText, headers, url } = response;
  const answer = new Response(response.body.pipeThrough(counter), { status, statusText, headers: [...headers] });
  return Object.defineProperty(answer, 'url', { value: url });
}
