import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/index.js';
import {
  CLOCK,
  digest,
  mintSystemScope,
  mintTenantScope,
  randomToken,
  type Clock,
  type TenantScope,
} from '../../kernel/index.js';
import {
  defineCollection,
  Persistence,
  TenantRepository,
  type TenantDocument,
  type Tx,
} from '../../persistence/index.js';
import { Standing } from '../practice-directory.js';

/** What a link opens: one visit, or the offer of one time. */
export type LinkSubject = { appointmentId: string } | { offerId: string };

/** A link that lets a patient see and change one thing, without an account. */
interface PatientLink extends TenantDocument {
  /** `_id` is the digest of the token, which is not kept. */
  appointmentId?: string;
  offerId?: string;
  expireAt: Date;
}

const linkCollection = defineCollection<PatientLink>({
  name: 'patient_links',
  owner: 'tenantId',
  fields: { appointmentId: String, offerId: String, expireAt: { type: Date, required: true } },
  indexes: [
    { key: { tenantId: 1, appointmentId: 1 } },
    { key: { expireAt: 1 }, expireAfterSeconds: 0, acrossTenants: true },
  ],
});

@Injectable()
export class PatientLinkRepository extends TenantRepository<PatientLink> {
  constructor(persistence: Persistence) {
    super(persistence, linkCollection);
  }
}

const lookup = mintSystemScope('a link tells whose it is only when it is found');

@Injectable()
export class PatientLinks {
  constructor(
    private readonly links: PatientLinkRepository,
    private readonly standing: Standing,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The page of the visit. The token stands in the fragment, so that it is in no server's log. */
  urlOf(token: string): string {
    return this.page('visit', token);
  }

  /** The page on which the patient answers an offer. */
  offerUrlOf(token: string): string {
    return this.page('offer', token);
  }

  /** A fresh token for one thing. Only its digest is kept: whoever needs it later must keep it sealed or ask anew. */
  async issue(
    scope: TenantScope,
    tx: Tx,
    { expiresAt, ...subject }: LinkSubject & { expiresAt: number },
  ): Promise<string> {
    const token = randomToken(24);
    await this.links.forTenant(scope, tx).insert({ _id: digest(token), ...subject, expireAt: new Date(expiresAt) });
    return token;
  }

  /**
   * The visit of a good token, and a scope whose actor is the link; null for an unknown or old one. Throws
   * `practice_inactive` or `agency_suspended` when the practice does no business.
   */
  async resolve(token: string): Promise<{ scope: TenantScope; appointmentId: string } | null> {
    const { scope, link } = (await this.open(token)) ?? {};
    return scope && link?.appointmentId ? { scope, appointmentId: link.appointmentId } : null;
  }

  /** As `resolve`, of the link to an offer. */
  async resolveOffer(token: string): Promise<{ scope: TenantScope; offerId: string } | null> {
    const { scope, link } = (await this.open(token)) ?? {};
    return scope && link?.offerId ? { scope, offerId: link.offerId } : null;
  }

  private async open(token: string): Promise<{ scope: TenantScope; link: PatientLink } | null> {
    const link = await this.links.forSystem(lookup).findOne({ _id: digest(token) });
    if (!link || link.expireAt.getTime() <= this.clock.now()) return null;
    await this.standing.practice(link.tenantId);
    return { scope: mintTenantScope(link.tenantId, { kind: 'patient', id: link._id.slice(0, 16) }), link };
  }

  private page(name: string, token: string): string {
    return `${this.config.BASE_URL.replace(/\/$/, '')}/${name}#${token}`;
  }
}
