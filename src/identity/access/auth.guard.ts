import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import passport from 'passport';
import { CONFIG, type Config } from '../../config/index.js';
import {
  POLICY,
  RateLimitGuard,
  type MemberPrincipal,
  type Permission,
  type Policy,
  type Principal,
} from '../../http/index.js';
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
import { PracticeDirectory } from '../practice-directory.js';
import { ROLE_PERMISSIONS } from '../roles.js';
import { Sessions } from '../users/sessions.service.js';
import { ACCESS_TOKEN } from './access-token.strategy.js';
import { SigningKeys } from './signing-keys.js';

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
    private readonly signing: SigningKeys,
    private readonly directory: PracticeDirectory,
    private readonly limits: RateLimitGuard,
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
    try {
      request.principal = await this.principal(policy, request);
    } catch (error) {
      const refused = error instanceof Problem && error.code === 'unauthenticated';
      if (refused)
        await this.limits.spend('address', request.ip ?? 'unknown', context.switchToHttp().getResponse<Response>());
      throw error;
    }
    return true;
  }

  private async principal(policy: Exclude<Policy, { kind: 'public' }>, request: Request): Promise<Principal> {
    const token = /^Bearer ([\x21-\x7e]{1,4096})$/.exec(request.headers.authorization ?? '')?.[1];
    if (!token) throw new Problem('unauthenticated', 'Send a credential as "Authorization: Bearer …".');
    if (policy.kind === 'platform') return this.platform(token);
    if (policy.kind === 'widget') return this.visitor(token, request);
    const holder = token.startsWith('oc_') ? await this.keyHolder(token, request) : await this.userHolder(request);
    const member = await this.member(holder, request);
    if (policy.permission !== null && !member.permissions.has(policy.permission)) {
      throw new Problem('forbidden', `This needs the permission ${policy.permission}.`);
    }
    return member;
  }

  private platform(token: string): Principal {
    const { PLATFORM_TOKEN } = this.config;
    if (!PLATFORM_TOKEN || !sameSecret(token, PLATFORM_TOKEN)) throw unknown();
    return { kind: 'platform', credentialId: 'platform', actor: { kind: 'system', id: 'platform' } };
  }

  private async visitor(token: string, request: Request): Promise<Principal> {
    const claims = await this.signing.verify('widget+jwt', token).catch(() => {
      throw unknown();
    });
    const { sub: sessionId, tid, org } = claims as { sub: string; tid: string; org: string | null };
    const origin = request.headers.origin;
    if (origin !== undefined && origin !== org)
      throw new Problem('origin_not_allowed', 'This session was opened by another site.');
    const actor: Actor = { kind: 'patient', id: sessionId };
    return {
      kind: 'widget',
      sessionId,
      credentialId: sessionId,
      actor,
      origin: org,
      tenant: mintTenantScope(tid, actor),
    };
  }

  private async keyHolder(secret: string, request: Request): Promise<Holder> {
    const key = await this.keys.authenticate(secret, request.ip);
    if (!key) throw unknown();
    const actor: Actor = { kind: 'api_key', id: key._id };
    return {
      agencyId: key.agencyId,
      tenantId: key.tenantId,
      actor,
      credentialId: key._id,
      role: 'api_key',
      permissions: new Set(key.permissions),
    };
  }

  private async userHolder(request: Request): Promise<Holder> {
    const { sub, sid } = await verified(request);
    const user = await this.sessions.userOf(sub, sid);
    if (!user) throw unknown();
    const actor: Actor = { kind: 'user', id: user._id };
    return {
      agencyId: user.agencyId,
      tenantId: user.tenantId,
      actor,
      credentialId: sid,
      role: user.role,
      permissions: new Set(ROLE_PERMISSIONS[user.role]),
    };
  }

  /** An agency's credential acts in the practice that the header names; one that is not the agency's answers as missing. */
  private async member(holder: Holder, request: Request): Promise<MemberPrincipal> {
    const { agencyId, actor, credentialId, role, permissions } = holder;
    const named = request.headers['openchair-practice'];
    let tenantId = holder.tenantId;
    if (named !== undefined && named !== tenantId) {
      const facts = tenantId === null && isId('practice', named) ? await this.directory.ask(named) : null;
      if (facts?.agencyId !== agencyId) throw notFound('practice');
      tenantId = named as string;
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

/** Runs passport's strategy for this request; whatever is wrong with a token, the answer is the same. */
function verified(request: Request): Promise<{ sub: string; sid: string }> {
  return new Promise((resolve, reject) => {
    const done = (error: unknown, payload: { sub: string; sid: string } | false | undefined) => {
      if (error || !payload) reject(unknown());
      else resolve(payload);
    };
    // eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- passport's types know Express 4 only
    (passport.authenticate(ACCESS_TOKEN, { session: false }, done) as Function)(request, {}, () => reject(unknown()));
  });
}

function unknown(): Problem {
  return new Problem('unauthenticated', 'The credential is not valid here, or not any more.');
}
