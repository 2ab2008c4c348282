import { Inject, Injectable } from '@nestjs/common';
import { CatalogImport } from '../../catalog/index.js';
import { CLOCK, type Clock } from '../../kernel/index.js';
import { UnitOfWork } from '../../persistence/index.js';
import { collect, PmsClient, refuseSuddenlyEmpty } from '../site/pms-client.js';
import { Sites, type Site } from '../site/site.js';
import { SyncLog } from '../state/sync-log.js';
import type { KindState } from '../state/sync-state.schema.js';

/** Providers and operatories of the practice system, taken over into the catalogue. */
@Injectable()
export class People {
  constructor(
    private readonly client: PmsClient,
    private readonly catalog: CatalogImport,
    private readonly sites: Sites,
    private readonly unitOfWork: UnitOfWork,
    private readonly log: SyncLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Operatories first, because providers name them. Returns the site as it is afterwards, and what was read. */
  async pull(site: Site): Promise<{ site: Site; kinds: Partial<Record<'providers' | 'operatories', KindState>> }> {
    const kinds: Partial<Record<'providers' | 'operatories', KindState>> = {};
    if (site.capabilities.read.includes('operatories')) kinds.operatories = await this.operatories(site);
    const { believesEmpty } = site;
    const fresh = { ...(await this.sites.of(site.scope, site.connection)), believesEmpty };
    if (site.capabilities.read.includes('providers')) kinds.providers = await this.providers(fresh);
    return { site: { ...(await this.sites.of(site.scope, site.connection)), believesEmpty }, kinds };
  }

  private async operatories(site: Site): Promise<KindState> {
    const { scope, connection, locationId } = site;
    const records = (await collect(this.client.pages(site, 'pullOperatories', {}))).filter(({ active }) => active);
    for (const { foreignId, name, abbreviation, hygiene } of records) {
      const found = { connectionId: connection._id, foreignId, pmsName: name, shortName: abbreviation };
      await this.unitOfWork.run((tx) => this.catalog.upsertOperatory(scope, tx, { ...found, locationId, hygiene }));
    }
    if (records.length === 0) refuseSuddenlyEmpty(site);
    const present = new Set(records.map(({ foreignId }) => foreignId));
    const { held } = await this.unitOfWork.run((tx) =>
      this.catalog.retireOperatories(scope, tx, connection._id, present),
    );
    await this.tellHeld(site, 'operatory_gone_but_in_use', held.length);
    return { at: this.clock.now(), records: records.length };
  }

  private async providers(site: Site): Promise<KindState> {
    const { scope, connection, locationId } = site;
    const records = (await collect(this.client.pages(site, 'pullProviders', {}))).filter(({ active }) => active);
    for (const { foreignId, firstName, lastName, suffix, role, email, operatoryForeignIds } of records) {
      const pmsName = [`${firstName} ${lastName}`, suffix].filter(Boolean).join(', ');
      const operatoryIds = operatoryForeignIds.flatMap((id) => site.operatories.get(id) ?? []);
      const found = { connectionId: connection._id, foreignId, pmsName, firstName, lastName, role, email };
      await this.unitOfWork.run((tx) =>
        this.catalog.upsertProvider(scope, tx, { ...found, operatoryIds, locationIds: [locationId] }),
      );
    }
    if (records.length === 0) refuseSuddenlyEmpty(site);
    const present = new Set(records.map(({ foreignId }) => foreignId));
    const { held } = await this.unitOfWork.run((tx) =>
      this.catalog.retireProviders(scope, tx, connection._id, present),
    );
    await this.tellHeld(site, 'provider_gone_but_in_use', held.length);
    return { at: this.clock.now(), records: records.length };
  }

  private async tellHeld(site: Site, what: string, records: number): Promise<void> {
    if (records === 0) return;
    await this.log.note(site.scope, { connectionId: site.connection._id, kind: 'pull', ok: false, what, records });
  }
}
