import { Inject, Injectable } from '@nestjs/common';
import type { WidgetPrincipal } from '../../http/index.js';
import {
  CLOCK,
  isId,
  mintTenantScope,
  newId,
  Problem,
  type Actor,
  type Clock,
  type TenantScope,
} from '../../kernel/index.js';
import { SigningKeys } from '../access/signing-keys.js';
import { Standing } from '../practice-directory.js';
import { WidgetSessionRepository, type WidgetSession } from './widget-key.schema.js';
import { WidgetKeys } from './widget-keys.service.js';

/** A visitor who stays longer opens a new session; holds and bookings are asked for within this time. */
const SESSION_SECONDS = 3_600;
const DAY_MS = 86_400_000;

export interface OpenSession {
  key: string;
  page?: string | undefined;
  referrer?: string | undefined;
  utm?: Record<string, string> | undefined;
}

/** What a session's token says. */
interface Claims {
  sub: string;
  /** The practice. */
  tid: string;
  /** The id of the widget key. */
  wky: string;
  /** The origin of the page; null for a program that named none. */
  org: string | null;
}

/** Exchanges a publishable key for a short token that is bound to the page's origin and good for the widget API alone. */
@Injectable()
export class WidgetSessions {
  constructor(
    private readonly keys: WidgetKeys,
    private readonly sessions: WidgetSessionRepository,
    private readonly signing: SigningKeys,
    private readonly standing: Standing,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async open(
    request: OpenSession,
    origin: string | undefined,
  ): Promise<{ token: string; session: WidgetSession; scope: TenantScope; expiresAt: number }> {
    const key = await this.keys.byKey(request.key);
    if (!key) throw new Problem('unauthenticated', 'This widget key is not known or not active.');
    this.keys.assertOrigin(key, origin ?? null);
    await this.assertOpen(key.tenantId);
    const now = this.clock.now();
    const id = newId('widgetSession', now);
    const scope = mintTenantScope(key.tenantId, { kind: 'patient', id });
    const session = await this.sessions.forTenant(scope).insert({
      _id: id,
      widgetKeyId: key._id,
      origin: origin ?? null,
      page: request.page ?? null,
      referrer: request.referrer ?? null,
      utm: request.utm ?? {},
      expireAt: new Date(now + DAY_MS),
    });
    const claims = { tid: key.tenantId, wky: key._id, org: origin ?? null };
    return {
      token: await this.signing.sign('widget+jwt', id, claims, SESSION_SECONDS),
      session,
      scope,
      expiresAt: now + SESSION_SECONDS * 1_000,
    };
  }

  /**
   * Who holds this token, asked with every request: the session ends with its key, and with its origin's place in the
   * key's list. Browsers leave the Origin out where a page reads from its own site, so a request without one is taken from
   * the platform's own page and from programs that opened the session without one, and from nobody else.
   */
  async visitor(token: string, origin: string | undefined): Promise<WidgetPrincipal> {
    const claims = await this.signing.verify('widget+jwt', token).catch(() => null);
    if (!claims) throw new Problem('unauthenticated', 'The widget session is over or not valid. Open a new one.');
    const { sub, tid, wky, org } = claims as unknown as Claims;
    const fits = origin === undefined ? org === null || this.keys.isOwn(org) : origin === org;
    if (!fits) throw new Problem('origin_not_allowed', 'This session was opened by another site.');
    const key = isId('widgetKey', wky) ? await this.keys.opening(wky) : null;
    if (key?.tenantId !== tid)
      throw new Problem('unauthenticated', 'The session ended with its widget key, which opens nothing any more.');
    this.keys.assertOrigin(key, org);
    await this.assertOpen(tid);
    const actor: Actor = { kind: 'patient', id: sub };
    return {
      kind: 'widget',
      sessionId: sub,
      credentialId: sub,
      actor,
      origin: org,
      tenant: mintTenantScope(tid, actor),
    };
  }

  /** Where the visitor came from, to be kept with a booking. */
  async attribution(
    scope: TenantScope,
    sessionId: string,
  ): Promise<Pick<WidgetSession, 'page' | 'referrer' | 'utm'> | null> {
    return this.sessions.forTenant(scope).findById(sessionId);
  }

  private async assertOpen(tenantId: string): Promise<void> {
    if ((await this.standing.practice(tenantId)).live) return;
    throw new Problem(
      'setup_incomplete',
      'Online booking is not open yet: the set-up of the practice is not complete. See GET /v1/setup.',
    );
  }
}
