export interface Answer<T = Record<string, unknown>> {
  status: number;
  headers: Headers;
  /** What the JSON of the body says; null when there is none. */
  body: T;
  text: string;
}

/** Sends JSON, or a text as it is, and reads the whole answer. */
export async function request<T>(
  method: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer<T>> {
  const answer = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await answer.text();
  const isJson = text !== '' && /\bjson\b/.test(answer.headers.get('content-type') ?? '');
  return { status: answer.status, headers: answer.headers, body: (isJson ? JSON.parse(text) : null) as T, text };
}
