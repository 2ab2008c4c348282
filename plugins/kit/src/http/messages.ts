/** Values of a query; a list is sent as the same name several times, what is undefined is left out. */
export type HttpQuery = Readonly<Record<string, HttpQueryValue | readonly HttpQueryValue[] | undefined>>;
type HttpQueryValue = string | number | boolean;

/** One request to a vendor. */
export interface HttpRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base URL, with its leading slash; or a whole URL on the same origin, as vendors give for the next page. */
  readonly path: string;
  readonly query?: HttpQuery;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as a form, as OAuth wants it. */
  readonly form?: Readonly<Record<string, string>>;
  /** Changes nothing over there. By default so for a GET; say it for a search by POST. */
  readonly harmless?: boolean;
  /** Nothing is made of the answer: it may be plain text too. HTML stays a fault. */
  readonly anyAnswer?: boolean;
}

/** What a vendor answered. `body` is parsed JSON, undefined when there was none. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}
