import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/index.js';
import {
  CLOCK,
  mintSystemScope,
  mintTenantScope,
  newId,
  Problem,
  type Clock,
  type TenantScope,
} from '../../kernel/index.js';
import { SigningKeys } from '../access/signing-keys.js';
import { PracticeDirectory } from '../practice-directory.js';
import { WidgetKeyRepository, WidgetSessionRepository, type WidgetSession } from './widget-key.schema.js';

/** A visitor who stays longer opens a new session; holds and bookings are asked for within this time. */
const SESSION_SECONDS = 3_600;
const DAY_MS = 86_400_000;

const lookup = mintSystemScope('a publishable key tells whose it is only when it is found');

export interface OpenSession {
  key: string;
  page?: string | undefined;
  referrer?: string | undefined;
  utm?: Record<string, string> | undefined;
}

/** Exchanges a publishable key for a short token that is bound to the page's origin and good for the widget API alone. */
@Injectable()
export class WidgetSessions {
  constructor(
    private readonly keys: WidgetKeyRepository,
    private readonly sessions: WidgetSessionRepository,
    private readonly signing: SigningKeys,
    private readonly directory: PracticeDirectory,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async open(
    request: OpenSession,
    origin: string | undefined,
  ): Promise<{ token: string; session: WidgetSession; scope: TenantScope; expiresAt: number }> {
    const key = await this.keys.forSystem(lookup).findOne({ key: request.key, active: true });
    if (!key) throw new Problem('unauthenticated', 'This widget key is not known or not active.');
    const own = new URL(this.config.BASE_URL).origin;
    const allowed = origin === undefined ? key.allowServerSide : origin === own || key.origins.includes(origin);
    if (!allowed)
      throw new Problem(
        'origin_not_allowed',
        'This site is not on the list of the widget key. Add its origin in the settings of the key.',
      );
    const practice = await this.directory.ask(key.tenantId);
    if (!practice?.live)
      throw new Problem(
        'setup_incomplete',
        'Online booking is not open yet: the set-up of the practice is not complete.',
      );
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
    const claims = { tid: key.tenantId, org: origin ?? null };
    return {
      token: await this.signing.sign('widget+jwt', id, claims, SESSION_SECONDS),
      session,
      scope,
      expiresAt: now + SESSION_SECONDS * 1_000,
    };
  }

  /** The publishable key that the platform's own booking page of a practice uses: its oldest active one. */
  async keyOfHostedPage(practiceId: string): Promise<string | null> {
    const key = await this.keys.forSystem(lookup).findOne({ tenantId: practiceId, active: true }, { sort: { _id: 1 } });
    return key?.key ?? null;
  }

  /** Where the visitor came from, to be kept with a booking. */
  async attribution(
    scope: TenantScope,
    sessionId: string,
  ): Promise<Pick<WidgetSession, 'page' | 'referrer' | 'utm'> | null> {
    return this.sessions.forTenant(scope).findById(sessionId);
  }
}
