import { Inject, Injectable } from '@nestjs/common';
import type { PluginConfig, PluginDeps } from '@openchair/plugin-kit';
import { LOG, type Log } from '../../config/index.js';
import { CLOCK, type Clock, type TenantScope } from '../../kernel/index.js';
import { joinConfig, secretTexts } from '../connections/connection-config.js';
import type { Connection } from '../connections/connection.schema.js';
import { ConnectionZones } from '../connections/places.js';
import { checkedAddress } from '../outbound/checked-address.js';
import { guardedFetch } from '../outbound/guarded-fetch.js';
import { OutboundGuard } from '../outbound/outbound-guard.js';
import type { Installed } from '../registry/plugin-registry.js';
import { Lane, LANE_RULES, type LaneRules } from './lane.js';
import { pluginLog } from './plugin-log.js';
import { PluginRecords } from './plugin-record.repository.js';
import { DatabaseStore } from './plugin-store.js';
import { pluginZone } from './plugin-zone.js';

/** An adapter's methods by name; which there are is up to the plugin's kind and capabilities. */
export type AnyAdapter = Readonly<Record<string, ((...args: unknown[]) => Promise<unknown>) | undefined>>;

export interface Opened {
  readonly lane: Lane;
  readonly adapter: AnyAdapter;
}

interface Kept extends Opened {
  readonly revision: number;
  readonly zone: string;
}

const MOST_KEPT = 2_000;

/** The adapters in use: one for each connection and revision, never shared, the least recently used ones dropped. */
@Injectable()
export class Lanes {
  private readonly kept = new Map<string, Kept>();
  private readonly fetch: typeof fetch;
  private readonly resolve: PluginDeps['resolve'];

  constructor(
    guard: OutboundGuard,
    private readonly records: PluginRecords,
    private readonly zones: ConnectionZones,
    @Inject(LANE_RULES) private readonly rules: LaneRules,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.fetch = guardedFetch(guard);
    this.resolve = checkedAddress(guard);
  }

  /** The lane and adapter of a connection as it was just read. Throws what the plugin's `create` throws. */
  async of(scope: TenantScope, connection: Connection, installed: Installed): Promise<Opened> {
    const zone = await this.zones.of(scope, connection.locationIds?.[0] ?? null);
    const { _id, revision } = connection;
    const known = this.kept.get(_id);
    this.kept.delete(_id);
    const fresh =
      known?.revision === revision && known.zone === zone ? known : this.open(scope, connection, installed, zone);
    this.kept.set(_id, fresh);
    if (this.kept.size > MOST_KEPT) this.kept.delete(this.kept.keys().next().value as string);
    return fresh;
  }

  /** Forgets an adapter and its breaker; the next call makes new ones. */
  drop(connectionId: string): void {
    this.kept.delete(connectionId);
  }

  private open(scope: TenantScope, connection: Connection, { plugin }: Installed, zone: string): Kept {
    const { _id: connectionId, revision } = connection;
    const deps: PluginDeps = {
      connectionId,
      clock: { now: () => this.clock.now() },
      log: pluginLog(this.log, { connectionId, plugin: plugin.id }, secretTexts(connection)),
      zone: pluginZone(zone),
      fetch: this.fetch,
      resolve: this.resolve,
      store: new DatabaseStore(this.records, scope, connectionId),
    };
    const create = plugin.create as (config: PluginConfig, deps: PluginDeps) => unknown;
    const adapter = create(joinConfig(connection), Object.freeze(deps)) as AnyAdapter;
    return { revision, zone, adapter, lane: new Lane(this.rules) };
  }
}
