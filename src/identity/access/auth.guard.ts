import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { CONFIG, type Config } from '../../config/index.js';
import { POLICY, type MemberPrincipal, type Permission, type Policy, type Principal } from '../../http/index.js';
import {
  isId,
  mintAgencyScope,
  mintTenantScope,
  notFound,
  Problem,
  sameSecret,
  type Actor,
} from '../../kernel/index.js';
import { ApiKeys } from '../api-keys/api-keys.service.js';
import { Standing } from '../practice-directory.js';
import { held, ROLE_PERMISSIONS } from '../roles.js';
import { Sessions } from '../users/sessions.service.js';
import { WidgetSessions } from '../widget-keys/widget-sessions.service.js';
import { AccessTokenStrategy } from './access-token.strategy.js';

interface Holder {
  agencyId: string;
  tenantId: string | null;
  actor: Actor;
  credentialId: string;
  role: string;
  permissions: ReadonlySet<Permission>;
}

/** Finds out who asks, and whether the route's policy lets them. Scopes are made here and nowhere else for requests (law 2). */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: ApiKeys,
    private readonly sessions: Sessions,
    private readonly accessTokens: AccessTokenStrategy,
    private readonly widgetSessions: WidgetSessions,
    private readonly standing: Standing,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const policy = this.reflector.getAllAndOverride<Policy | undefined>(POLICY, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (!policy) throw new Problem('internal', 'This route declares no policy.');
    if (policy.kind === 'public') return true;
    const request = context.switchToHttp().getRequest<Request>();
    const token = /^Bearer ([\x21-\x7e]{1,4096})$/.exec(request.headers.authorization ?? '')?.[1];
    if (!token) throw new Problem('unauthenticated', 'Send a credential as "Authorization: Bearer …".');
    request.principal = await this.principal(policy, token, request);
    // After the principal is known, so that the refusal counts against it.
    assertAllowed(policy, request.principal);
    return true;
  }

  private async principal(
    policy: Exclude<Policy, { kind: 'public' }>,
    token: string,
    request: Request,
  ): Promise<Principal> {
    switch (policy.kind) {
      case 'platform':
        return this.platform(token);
      case 'widget':
        return this.widgetSessions.visitor(token, request.headers.origin);
      case 'member': {
        const holder = await (token.startsWith('oc_') ? this.keyHolder(token, request) : this.userHolder(request));
        if (!holder) throw new Problem('unauthenticated', 'The credential is not valid here, or not any more.');
        return this.member(holder, request.headers['openchair-practice']);
      }
    }
  }

  private platform(token: string): Principal {
    const { PLATFORM_TOKEN } = this.config;
    if (!PLATFORM_TOKEN || !sameSecret(token, PLATFORM_TOKEN))
      throw new Problem('unauthenticated', 'This needs the token of the platform operator.');
    return { kind: 'platform', credentialId: 'platform', actor: { kind: 'system', id: 'platform' } };
  }

  private async keyHolder(secret: string, request: Request): Promise<Holder | null> {
    const key = await this.keys.authenticate(secret, request.ip);
    return (
      key && {
        agencyId: key.agencyId,
        tenantId: key.tenantId,
        actor: { kind: 'api_key', id: key._id },
        credentialId: key._id,
        role: 'api_key',
        permissions: held(key.permissions, key.tenantId),
      }
    );
  }

  private async userHolder(request: Request): Promise<Holder | null> {
    const claims = await this.accessTokens.claimsOf(request);
    const user = claims && (await this.sessions.userOf(claims.sub, claims.sid));
    return (
      user && {
        agencyId: user.agencyId,
        tenantId: user.tenantId,
        actor: { kind: 'user', id: user._id },
        credentialId: claims.sid,
        role: user.role,
        permissions: held(ROLE_PERMISSIONS[user.role], user.tenantId),
      }
    );
  }

  /**
   * An agency's credential acts in the practice that the header names, switched off or not; one that is not the agency's
   * answers as missing. A practice's credential is good while the practice is active.
   */
  private async member(holder: Holder, named: string | string[] | undefined): Promise<MemberPrincipal> {
    const { agencyId, actor, credentialId, role, permissions } = holder;
    let tenantId = holder.tenantId;
    if (tenantId === null) await this.standing.agency(agencyId);
    else await this.standing.practice(tenantId);
    if (named !== undefined && named !== tenantId) {
      if (tenantId !== null || !isId('practice', named) || !(await this.standing.isOf(agencyId, named)))
        throw notFound('practice');
      tenantId = named;
    }
    return {
      kind: 'member',
      credentialId,
      actor,
      role,
      permissions,
      agency: mintAgencyScope(agencyId, actor),
      ofAgency: holder.tenantId === null,
      tenant: tenantId === null ? null : mintTenantScope(tenantId, actor),
    };
  }
}

function assertAllowed(policy: Policy, principal: Principal): void {
  if (policy.kind !== 'member' || policy.permission === null) return;
  if (principal.kind !== 'member' || !principal.permissions.has(policy.permission))
    throw new Problem('forbidden', `This needs the permission ${policy.permission}.`);
}
