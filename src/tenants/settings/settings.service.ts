import { Inject, Injectable } from '@nestjs/common';
import {
  CLOCK,
  mintSystemScope,
  notFound,
  type AgencyScope,
  type Clock,
  type TenantScope,
} from '../../kernel/index.js';
import { AgencyRepository } from '../agencies/agency.schema.js';
import { PracticeRepository } from '../practices/practice.schema.js';
import { layered, SECTIONS, type PracticeSettings, type SettingsPatch } from './practice-settings.js';

/** Other processes see a change after this at the latest; the one that made it, at once. */
const KEPT_MS = 3_000;
const CACHE_LIMIT = 10_000;

const inheritance = mintSystemScope("a practice inherits its agency's settings, which lie outside its own scope");

/** The settings that hold for a practice. */
@Injectable()
export class Settings {
  private readonly cache = new Map<string, { until: number; settings: PracticeSettings }>();

  constructor(
    private readonly practices: PracticeRepository,
    private readonly agencies: AgencyRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async effective(scope: TenantScope): Promise<PracticeSettings> {
    const kept = this.cache.get(scope.tenantId);
    if (kept && kept.until > this.clock.now()) return kept.settings;
    const { settings } = await this.read(scope);
    if (this.cache.size >= CACHE_LIMIT) this.cache.clear();
    this.cache.set(scope.tenantId, { until: this.clock.now() + KEPT_MS, settings });
    return settings;
  }

  /** Read afresh, with the version of the practice that a change names. */
  async read(scope: TenantScope): Promise<{ settings: PracticeSettings; version: number }> {
    const practice = await this.practices.forTenant(scope).findOne({});
    if (!practice) throw notFound('practice');
    const agency = await this.agencies.forSystem(inheritance).findOne({ _id: practice.agencyId });
    return { settings: layered(agency?.settings ?? {}, practice.settings), version: practice.version };
  }

  async change(
    scope: TenantScope,
    patch: SettingsPatch,
    ifVersion?: number,
  ): Promise<{ settings: PracticeSettings; version: number }> {
    await this.practices.forTenant(scope).patch(scope.tenantId, paths(patch) as never, 'practice', ifVersion);
    this.cache.delete(scope.tenantId);
    return this.read(scope);
  }

  /** What the agency sets for all its practices. */
  async ofAgency(agency: AgencyScope): Promise<PracticeSettings> {
    const found = await this.agencies.forSystem(inheritance).findOne({ _id: agency.agencyId });
    return layered(found?.settings ?? {});
  }

  async changeAgency(agency: AgencyScope, patch: SettingsPatch): Promise<PracticeSettings> {
    await this.agencies.forSystem(inheritance).update({ _id: agency.agencyId }, { $set: paths(patch) });
    this.cache.clear();
    return this.ofAgency(agency);
  }
}

/** `{brand: {name}}` → `{'settings.brand.name': …}`: members that are not named keep what they have. */
function paths(patch: SettingsPatch): Record<string, unknown> {
  const set: Record<string, unknown> = {};
  for (const section of SECTIONS) {
    for (const [member, value] of Object.entries(patch[section] ?? {})) {
      if (value !== undefined) set[`settings.${section}.${member}`] = value;
    }
  }
  return set;
}
