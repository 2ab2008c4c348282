import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/index.js';
import {
  CLOCK,
  mintSystemScope,
  newId,
  notFound,
  Problem,
  randomToken,
  TtlCache,
  type Clock,
  type TenantScope,
} from '../../kernel/index.js';
import type { Page, Tx } from '../../persistence/index.js';
import { WidgetKeyRepository, type WidgetKey } from './widget-key.schema.js';

/** Other processes see a change of a key after this at the latest; the one that made it, at once. */
const KEPT_MS = 3_000;

const lookup = mintSystemScope('a publishable key tells whose it is only when it is found');

export type WidgetKeyFields = Pick<WidgetKey, 'name' | 'origins' | 'allowServerSide' | 'active'>;

/** Publishable keys, and which pages may use them. */
@Injectable()
export class WidgetKeys {
  private readonly known: TtlCache<WidgetKey | null>;
  private readonly ownOrigin: string;

  constructor(
    private readonly keys: WidgetKeyRepository,
    @Inject(CONFIG) config: Config,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.ownOrigin = new URL(config.BASE_URL).origin;
    this.known = new TtlCache(clock, {
      ttlMs: KEPT_MS,
      load: (id) => this.keys.forSystem(lookup).findOne({ _id: id }),
    });
  }

  async page(scope: TenantScope, request: { limit: number; cursor?: string | undefined }): Promise<Page<WidgetKey>> {
    return this.keys.forTenant(scope).page(request);
  }

  async create(scope: TenantScope, tx: Tx, fields: WidgetKeyFields): Promise<WidgetKey> {
    const fresh = { _id: newId('widgetKey', this.clock.now()), key: `oc_pub_${randomToken(18)}`, ...fields };
    return this.keys.forTenant(scope, tx).insert(fresh);
  }

  /** Sessions that the changed key would not open end with their next request. */
  async change(
    scope: TenantScope,
    id: string,
    fields: Partial<WidgetKeyFields>,
    ifVersion?: number,
  ): Promise<WidgetKey> {
    const changed = await this.keys.forTenant(scope).patch(id, fields, 'widget key', ifVersion);
    this.known.forget(id);
    return changed;
  }

  async remove(scope: TenantScope, id: string): Promise<void> {
    const removed = await this.keys.forTenant(scope).remove(id);
    this.known.forget(id);
    if (!removed) throw notFound('widget key');
  }

  async byKey(key: string): Promise<WidgetKey | null> {
    return this.keys.forSystem(lookup).findOne({ key, active: true });
  }

  /** The key that a session was opened with, as it is now (some seconds late at most); null when it opens nothing any more. */
  async opening(id: string): Promise<WidgetKey | null> {
    const key = await this.known.get(id);
    return key?.active ? key : null;
  }

  /** The publishable key that the platform's own booking page of a practice uses: its oldest active one. */
  async ofHostedPage(practiceId: string): Promise<string | null> {
    const key = await this.keys.forSystem(lookup).findOne({ tenantId: practiceId, active: true }, { sort: { _id: 1 } });
    return key?.key ?? null;
  }

  /** `origin_not_allowed` unless pages of `origin` (null: programs that name none) may use the key. */
  assertOrigin(key: WidgetKey, origin: string | null): void {
    const allowed = origin === null ? key.allowServerSide : this.isOwn(origin) || key.origins.includes(origin);
    if (allowed) return;
    throw new Problem(
      'origin_not_allowed',
      origin === null
        ? 'Requests without an Origin may use this widget key only when its allowServerSide is set.'
        : 'This site is not on the list of the widget key. Add its origin in the settings of the key.',
    );
  }

  /** Whether it is the platform's own booking page, which every key may serve. */
  isOwn(origin: string | null): boolean {
    return origin === this.ownOrigin;
  }
}
