import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { Problem, type Actor, type AgencyScope, type TenantScope } from '../kernel/index.js';
import type { Permission } from './permissions.js';

interface Credential {
  /** Names the credential in rate limits and idempotency records: a user's session, a key, a widget session. */
  credentialId: string;
  actor: Actor;
}

/** The operator of the platform: creates agencies, sees no practice's data. */
export interface PlatformPrincipal extends Credential {
  kind: 'platform';
}

/** A user or key of the practice API. `tenant` is there when the credential belongs to a practice or has chosen one. */
export interface MemberPrincipal extends Credential {
  kind: 'member';
  role: string;
  permissions: ReadonlySet<Permission>;
  agency: AgencyScope;
  /** True when the credential belongs to the agency itself, not to one practice of it. */
  ofAgency: boolean;
  tenant: TenantScope | null;
}

/** A visitor of a practice's site. */
export interface WidgetPrincipal extends Credential {
  kind: 'widget';
  sessionId: string;
  tenant: TenantScope;
  origin: string | null;
}

export type Principal = PlatformPrincipal | MemberPrincipal | WidgetPrincipal;

declare module 'express' {
  interface Request {
    principal?: Principal;
    requestId?: string;
  }
}

function principalOf(context: ExecutionContext): Principal {
  const principal = context.switchToHttp().getRequest<Request>().principal;
  if (!principal) throw new Problem('unauthenticated', 'This route needs a credential.');
  return principal;
}

/** The practice that the request acts in. */
export const Tenant = createParamDecorator((_: unknown, context: ExecutionContext): TenantScope => {
  const principal = principalOf(context);
  if (principal.kind !== 'platform' && principal.tenant) return principal.tenant;
  throw new Problem('invalid_request', 'Name the practice that you act in with the header OpenChair-Practice.', {
    errors: [
      {
        pointer: 'header:OpenChair-Practice',
        code: 'required',
        detail: 'An agency credential acts in one practice at a time.',
      },
    ],
  });
});

/** The agency that the credential belongs to. */
export const Agency = createParamDecorator((_: unknown, context: ExecutionContext): AgencyScope => {
  const principal = principalOf(context);
  if (principal.kind === 'member') return principal.agency;
  throw new Problem('forbidden', 'This needs a credential of an agency or practice.');
});

export const Member = createParamDecorator((_: unknown, context: ExecutionContext): MemberPrincipal => {
  const principal = principalOf(context);
  if (principal.kind === 'member') return principal;
  throw new Problem('forbidden', 'This needs a credential of an agency or practice.');
});

export const Visitor = createParamDecorator((_: unknown, context: ExecutionContext): WidgetPrincipal => {
  const principal = principalOf(context);
  if (principal.kind === 'widget') return principal;
  throw new Problem('unauthenticated', 'This needs a widget session: POST /v1/widget/sessions.');
});
