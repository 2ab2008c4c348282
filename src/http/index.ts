export { AnswerOf, Stamps } from './answers.js';
export { configureHttp, type EarlyHandler } from './configure.js';
export { IfMatch, withEtag } from './etag.js';
export * from './field-kinds.js';
export * from './fields.js';
export { HttpModule } from './http.module.js';
export { Command, Commands, TakesIdempotencyKey, type CommandRequest } from './idempotency.js';
export { JsonPart, sendJson } from './json-parts.js';
export { createOpenApi, serveDocs } from './openapi.js';
export type { OperationExample } from './openapi-examples.js';
export { mapPage, PageOf, PageQuery, QueryBool, QueryNumber } from './pagination.js';
export { PERMISSIONS, type Permission } from './permissions.js';
export { Allow, AllowAgency, AnyMember, PlatformOnly, POLICY, Public, WidgetSession, type Policy } from './policy.js';
export {
  Agency,
  Member,
  Tenant,
  Visitor,
  type MemberPrincipal,
  type PlatformPrincipal,
  type Principal,
  type WidgetPrincipal,
} from './principal.js';
export { RateLimitGuard } from './rate-limit.guard.js';
export { addressOf, RateLimits } from './rate-limits.js';
export { ResettableOf } from './resettable.js';
export { AnyQuery } from './unknown-query.js';
