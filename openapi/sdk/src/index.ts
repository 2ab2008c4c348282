export { createOpenChair, type Credential, type OpenChair, type OpenChairOptions, type Token } from './client.js';
export { OpenChairConnectionError, OpenChairError, type ProblemCode, type ProblemOf } from './errors.js';
export { ifMatch } from './etag.js';
export { paginate, type Page } from './pages.js';
export type { RetryOptions } from './retry.js';
export type * from './generated/types.gen.js';
