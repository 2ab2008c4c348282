import { Inject, Injectable } from '@nestjs/common';
import { Outbox } from '../../events/index.js';
import {
  CLOCK,
  mintSystemScope,
  notFound,
  Problem,
  TtlCache,
  type AgencyScope,
  type Clock,
  type TenantScope,
} from '../../kernel/index.js';
import { UnitOfWork, type Tx } from '../../persistence/index.js';
import { AgencyRepository, type Agency } from '../agencies/agency.schema.js';
import { PracticeRepository, type Practice } from '../practices/practice.schema.js';
import {
  changed,
  layered,
  sourcesOf,
  type PracticeSettings,
  type SettingsChange,
  type SettingsSection,
  type SettingsSources,
} from './practice-settings.js';

/** Other processes see a change after this at the latest; the one that made it, at once. */
const KEPT_MS = 3_000;

const inheritance = mintSystemScope("a practice inherits its agency's settings, which lie outside its own scope");

export interface SettingsReading {
  settings: PracticeSettings;
  sources: SettingsSources;
  /** Of the practice or agency that the settings belong to. */
  version: number;
}

/** The settings that hold for a practice: platform, agency and practice laid over each other. */
@Injectable()
export class Settings {
  private readonly kept: TtlCache<PracticeSettings>;

  constructor(
    private readonly practices: PracticeRepository,
    private readonly agencies: AgencyRepository,
    private readonly outbox: Outbox,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.kept = new TtlCache(clock, {
      ttlMs: KEPT_MS,
      load: async (id) =>
        (await this.reading(await this.practices.forSystem(inheritance).findOne({ _id: id }))).settings,
    });
  }

  async effective(scope: TenantScope): Promise<PracticeSettings> {
    return this.kept.get(scope.tenantId);
  }

  /** Read afresh, with the version of the practice that a change names. */
  async read(scope: TenantScope): Promise<SettingsReading> {
    return this.reading(await this.practices.forTenant(scope).findOne({}));
  }

  /** A change that changes nothing leaves version and history as they are. */
  async change(scope: TenantScope, change: SettingsChange, ifVersion?: number): Promise<SettingsReading> {
    await this.unitOfWork.run(async (tx) => {
      const practices = this.practices.forTenant(scope, tx);
      const before = await practices.getById(scope.tenantId, 'practice');
      assertVersion(before, 'practice', ifVersion);
      const { settings, sections } = changed(before.settings, change);
      if (sections.length === 0) return;
      const { version } = await practices.patch(scope.tenantId, { settings }, 'practice');
      await this.tell(scope, tx, sections, version);
      tx.afterCommit(() => this.kept.forget(scope.tenantId));
    });
    return this.read(scope);
  }

  /** What the agency sets for all its practices. */
  async ofAgency({ agencyId }: AgencyScope): Promise<SettingsReading> {
    const { settings, version } = await this.agency(agencyId);
    return { settings: layered(settings), sources: sourcesOf(settings), version };
  }

  async changeAgency(agency: AgencyScope, change: SettingsChange, ifVersion?: number): Promise<SettingsReading> {
    await this.unitOfWork.run(async (tx) => {
      const before = await this.agency(agency.agencyId, tx);
      assertVersion(before, 'agency', ifVersion);
      const { settings, sections } = changed(before.settings, change);
      if (sections.length === 0) return;
      await this.agencies.forSystem(inheritance, tx).update({ _id: agency.agencyId }, { $set: { settings } });
      tx.afterCommit(() => this.kept.clear());
    });
    return this.ofAgency(agency);
  }

  private async reading(practice: Practice | null): Promise<SettingsReading> {
    if (!practice) throw notFound('practice');
    const { settings } = await this.agency(practice.agencyId);
    return {
      settings: layered(settings, practice.settings),
      sources: sourcesOf(settings, practice.settings),
      version: practice.version,
    };
  }

  private async agency(agencyId: string, tx?: Tx): Promise<Agency> {
    const agency = await this.agencies.forSystem(inheritance, tx).findOne({ _id: agencyId });
    if (!agency) throw notFound('agency');
    return agency;
  }

  private async tell(scope: TenantScope, tx: Tx, sections: SettingsSection[], sequence: number): Promise<void> {
    const id = scope.tenantId;
    const data = { sections: sections.join(',') };
    await this.outbox.record(scope, tx, {
      type: 'settings.changed',
      subject: { kind: 'settings', id },
      sequence,
      data,
    });
    if (!sections.includes('brand')) return;
    await this.outbox.record(scope, tx, { type: 'brand.changed', subject: { kind: 'brand', id }, sequence });
  }
}

function assertVersion({ version }: { version: number }, what: string, wanted: number | undefined): void {
  if (wanted === undefined || wanted === version) return;
  throw new Problem(
    'version_mismatch',
    `The ${what} is at version ${version}, you changed version ${wanted}. Read it again.`,
  );
}
