export { HttpClient, type HttpClientOptions } from './http-client.js';
export type { HttpAnswer, HttpQuery, HttpRequest } from './messages.js';
export { asList, asObject, orNull } from './shapes.js';
export { retryAfterMs } from './status.js';
