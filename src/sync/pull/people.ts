import { Inject, Injectable } from '@nestjs/common';
import type { PmsOperatory, PmsProvider, PmsRead } from '@openchair/plugin-kit';
import { CatalogImport } from '../../catalog/index.js';
import { CLOCK, type Clock } from '../../kernel/index.js';
import { UnitOfWork } from '../../persistence/index.js';
import type { Sifted } from '../site/answers.js';
import { collect, PmsClient, refuseSuddenlyEmpty } from '../site/pms-client.js';
import { Sites, type Site } from '../site/site.js';
import { SyncLog } from '../state/sync-log.js';
import type { KindState } from '../state/sync-state.schema.js';
import { UnreadableRecords } from '../unreadable/unreadable-records.js';

/** Providers and operatories of the practice system, taken over into the catalogue. */
@Injectable()
export class People {
  constructor(
    private readonly client: PmsClient,
    private readonly catalog: CatalogImport,
    private readonly sites: Sites,
    private readonly unitOfWork: UnitOfWork,
    private readonly log: SyncLog,
    private readonly unreadable: UnreadableRecords,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Both lists are read before anything is taken over. Returns the site as it is afterwards, and what was read. */
  async pull(site: Site): Promise<{ site: Site; kinds: Partial<Record<'providers' | 'operatories', KindState>> }> {
    const at = this.clock.now();
    const { believesEmpty } = site;
    const reads = (kind: PmsRead) => site.capabilities.read.includes(kind);
    const rooms = reads('operatories') ? await active(site, this.client.pages(site, 'pullOperatories', {})) : null;
    const people = reads('providers') ? await active(site, this.client.pages(site, 'pullProviders', {})) : null;
    if (rooms) await this.setApart(site, 'operatories', rooms);
    if (people) await this.setApart(site, 'providers', people);
    // Operatories first, because providers name them.
    if (rooms) await this.takeOperatories(site, rooms);
    const fresh = { ...(await this.sites.of(site.scope, site.connection)), believesEmpty };
    if (people) await this.takeProviders(fresh, people);
    return {
      site: { ...(await this.sites.of(site.scope, site.connection)), believesEmpty },
      kinds: {
        ...(rooms ? { operatories: { at, records: rooms.records.length } } : {}),
        ...(people ? { providers: { at, records: people.records.length } } : {}),
      },
    };
  }

  private async takeOperatories(site: Site, list: Sifted<PmsOperatory>): Promise<void> {
    const { scope, connection, locationId } = site;
    for (const { foreignId, name, abbreviation, hygiene } of list.records) {
      const found = { connectionId: connection._id, foreignId, pmsName: name, shortName: abbreviation };
      await this.unitOfWork.run((tx) => this.catalog.upsertOperatory(scope, tx, { ...found, locationId, hygiene }));
    }
    const present = presentIn(list);
    if (!present) return;
    const { held } = await this.unitOfWork.run((tx) =>
      this.catalog.retireOperatories(scope, tx, connection._id, present),
    );
    await this.tellHeld(site, 'operatory_gone_but_in_use', held.length);
  }

  private async takeProviders(site: Site, list: Sifted<PmsProvider>): Promise<void> {
    const { scope, connection, locationId } = site;
    for (const { foreignId, firstName, lastName, suffix, role, email, operatoryForeignIds } of list.records) {
      const pmsName = [`${firstName} ${lastName}`, suffix].filter(Boolean).join(', ');
      const operatoryIds = operatoryForeignIds.flatMap((id) => site.operatories.get(id) ?? []);
      const found = { connectionId: connection._id, foreignId, pmsName, firstName, lastName, role, email };
      await this.unitOfWork.run((tx) =>
        this.catalog.upsertProvider(scope, tx, { ...found, operatoryIds, locationIds: [locationId] }),
      );
    }
    const present = presentIn(list);
    if (!present) return;
    const { held } = await this.unitOfWork.run((tx) =>
      this.catalog.retireProviders(scope, tx, connection._id, present),
    );
    await this.tellHeld(site, 'provider_gone_but_in_use', held.length);
  }

  private async setApart(
    site: Site,
    kind: 'providers' | 'operatories',
    list: Sifted<{ readonly foreignId: string }>,
  ): Promise<void> {
    const now = this.clock.now();
    await this.unreadable.meet(site, kind, list);
    await this.unreadable.complete(site, kind, now);
  }

  private async tellHeld(site: Site, what: string, records: number): Promise<void> {
    if (records === 0) return;
    await this.log.note(site.scope, { connectionId: site.connection._id, kind: 'pull', ok: false, what, records });
  }
}

async function active<T extends { readonly active: boolean }>(
  site: Site,
  pages: Parameters<typeof collect<T>>[0],
): Promise<Sifted<T>> {
  const list = await collect(pages);
  const records = list.records.filter((record) => record.active);
  if (records.length === 0) refuseSuddenlyEmpty(site);
  return { ...list, records };
}

/** Who is there, whether readable or not; null when nobody can say, because somebody has no id. */
function presentIn({ records, unreadable }: Sifted<{ readonly foreignId: string }>): ReadonlySet<string> | null {
  const named = unreadable.flatMap(({ foreignId }) => foreignId ?? []);
  if (named.length < unreadable.length) return null;
  return new Set([...records.map(({ foreignId }) => foreignId), ...named]);
}
