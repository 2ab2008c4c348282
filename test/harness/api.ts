import { request, type Answer } from './http.js';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the specs look into it
export type ApiAnswer = Answer<any>;

/** Speaks to the API as one credential, as a partner's program would. */
export class Api {
  constructor(
    readonly baseUrl: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  as(token: string): Api {
    return new Api(this.baseUrl, { ...this.headers, authorization: `Bearer ${token}` });
  }

  /** Acting in one practice of the agency. */
  in(practiceId: string): Api {
    return this.with({ 'openchair-practice': practiceId });
  }

  /** As a page of this site would ask. */
  from(origin: string): Api {
    return this.with({ origin });
  }

  with(headers: Record<string, string>): Api {
    return new Api(this.baseUrl, { ...this.headers, ...headers });
  }

  /** The same credential at another process. */
  at(baseUrl: string): Api {
    return new Api(baseUrl, this.headers);
  }

  call(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
    return request(method, `${this.baseUrl}${path}`, body, this.headers);
  }

  get(path: string): Promise<ApiAnswer> {
    return this.call('GET', path);
  }

  post(path: string, body?: unknown): Promise<ApiAnswer> {
    return this.call('POST', path, body);
  }

  patch(path: string, body: unknown): Promise<ApiAnswer> {
    return this.call('PATCH', path, body);
  }

  delete(path: string): Promise<ApiAnswer> {
    return this.call('DELETE', path);
  }

  /** The body of an answer that must be good; says what was wrong with another one. */
  async ok(method: string, path: string, body?: unknown): Promise<ApiAnswer['body']> {
    const answer = await this.call(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
}

/** Status and code of an answer, to be compared at one go. */
export const outcome = ({ status, body }: ApiAnswer): [status: number, code: string | undefined] => [
  status,
  body?.code,
];
