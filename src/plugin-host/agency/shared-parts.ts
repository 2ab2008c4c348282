import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, mintSystemScope, TtlCache, type Clock } from '../../kernel/index.js';
import { joinShared, missingFrom, type SplitConfig } from '../connections/connection-config.js';
import { PluginRegistry } from '../registry/plugin-registry.js';
import { AgencyConnectionRepository, type AgencyConnection } from './agency-connection.schema.js';

const KEPT_MS = 30_000;
const MOST_KEPT = 1_000;

const inheritance = mintSystemScope("a practice inherits its agency's connections, which lie outside its own scope");

/** What the practices of an agency share of a connection: its configuration, and the secrets that none of them sees. */
@Injectable()
export class SharedParts {
  private readonly kept: TtlCache<AgencyConnection | null>;

  constructor(
    private readonly connections: AgencyConnectionRepository,
    private readonly registry: PluginRegistry,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.kept = new TtlCache(clock, { ttlMs: KEPT_MS, max: MOST_KEPT });
  }

  /** Null when the agency has removed it. Kept by its revision: a change is another revision, and read afresh. */
  of({ from, revision }: { from: string; revision: number }): Promise<AgencyConnection | null> {
    return this.kept.get(`${from}@${revision}`, () => this.connections.forSystem(inheritance).findOne({ _id: from }));
  }

  /** Whether what a practice inherits can be used: its agency has it on, the practice has not switched it off, and nothing is missing. */
  isOn(shared: AgencyConnection, part: SplitConfig, off: boolean): boolean {
    const installed = this.registry.find(shared.pluginId);
    return shared.active && !off && missingFrom(installed, joinShared(shared, part), shared.perPractice).length === 0;
  }
}
