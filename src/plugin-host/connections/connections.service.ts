import { Inject, Injectable } from '@nestjs/common';
import type { PluginKind } from '@openchair/plugin-kit';
import { Outbox } from '../../events/index.js';
import { CLOCK, invalid, newId, notFound, Problem, type Clock, type TenantScope } from '../../kernel/index.js';
import { UnitOfWork, type Filter, type Page, type Tx, type Update } from '../../persistence/index.js';
import { PluginRecords } from '../adapters/plugin-record.repository.js';
import { AddressRefused, OutboundGuard } from '../outbound/outbound-guard.js';
import { channelOf, PluginRegistry, type Installed } from '../registry/plugin-registry.js';
import { splitConfig, type SplitConfig } from './connection-config.js';
import { ConnectionRepository } from './connection.repository.js';
import type { Connection } from './connection.schema.js';
import type { ConnectionsQuery, CreateConnection, PatchConnection } from './connections.dto.js';
import { ConnectionLocations } from './places.js';

/** A checked request for a connection; made outside the transaction, because hosts are looked up. */
export interface PreparedConnection extends SplitConfig {
  input: CreateConnection;
  installed: Installed;
}

/** What a room asks for when it needs the outside. */
export interface Wanted {
  /** Of notifications. */
  channel?: 'email' | 'sms';
  /** Left out: only connections that serve every location. */
  locationId?: string;
  /** Those of every location, whichever they serve. */
  anywhere?: true;
}

const DEFAULT_PRIORITY = 100;

/** The connections of a practice: who they are and how they are configured. Calls go through `Plugins`. */
@Injectable()
export class Connections {
  constructor(
    private readonly repository: ConnectionRepository,
    private readonly records: PluginRecords,
    private readonly registry: PluginRegistry,
    private readonly locations: ConnectionLocations,
    private readonly guard: OutboundGuard,
    private readonly outbox: Outbox,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * The active connection of `kind` that is asked first: the lowest priority, then one made for the location before one for all,
   * then the oldest. Null when there is none, or its plugin is not installed.
   */
  async of(scope: TenantScope, kind: PluginKind, wanted: Wanted = {}): Promise<Connection | null> {
    return (await this.all(scope, kind, wanted))[0] ?? null;
  }

  /** All active connections of `kind` in the order in which they are asked; see `of`. */
  async all(
    scope: TenantScope,
    kind: PluginKind,
    { channel, locationId, anywhere }: Wanted = {},
  ): Promise<Connection[]> {
    const filter = { kind, active: true, ...(channel ? { channel } : {}) } as Filter<Connection>;
    const found = await this.repository.forTenant(scope).find(filter, { sort: { priority: 1, _id: 1 } });
    const serves = ({ locationIds }: Connection) =>
      anywhere || locationIds == null || (locationId !== undefined && locationIds.includes(locationId));
    return found
      .filter((connection) => this.registry.find(connection.pluginId) !== undefined && serves(connection))
      .sort((a, b) => a.priority - b.priority || Number(a.locationIds == null) - Number(b.locationIds == null));
  }

  get(scope: TenantScope, id: string): Promise<Connection> {
    return this.repository.forTenant(scope).getById(id, 'connection');
  }

  list(scope: TenantScope, { kind, active, limit, cursor }: ConnectionsQuery): Promise<Page<Connection>> {
    const filter = { ...(kind ? { kind } : {}), ...(active === undefined ? {} : { active }) };
    return this.repository.forTenant(scope).page({ filter, limit, cursor });
  }

  /** Checks a request for a connection: plugin, configuration, locations, hosts. Throws `invalid_request`. */
  async prepare(scope: TenantScope, input: CreateConnection): Promise<PreparedConnection> {
    const installed = this.registry.find(input.pluginId);
    if (!installed) {
      throw invalid('/pluginId', 'unknown', 'No plugin with this id is installed: see GET /v1/plugins.');
    }
    const split = splitConfig(installed, input.config);
    await this.checkPlaces(scope, installed, split.config, input.locationIds);
    return { input, installed, ...split };
  }

  async create(scope: TenantScope, tx: Tx, prepared: PreparedConnection): Promise<Connection> {
    const { input, installed, config, secrets } = prepared;
    const now = this.clock.now();
    const connection = await this.repository.forTenant(scope, tx).insert({
      _id: newId('connection', now),
      pluginId: input.pluginId,
      kind: installed.plugin.kind,
      channel: channelOf(installed.plugin),
      name: input.name,
      locationIds: input.locationIds ?? null,
      config,
      secrets,
      active: input.active ?? true,
      priority: input.priority ?? DEFAULT_PRIORITY,
      revision: 1,
      state: { status: 'unknown', reason: null, since: now, lastCheckedAt: null },
    });
    await this.tell(scope, tx, connection, 'created');
    return connection;
  }

  /** Changes what is named in `input`; `ifVersion` refuses when somebody else was faster. A new configuration is untried again. */
  async patch(scope: TenantScope, id: string, input: PatchConnection, ifVersion?: number): Promise<Connection> {
    const before = await this.get(scope, id);
    const installed = this.registry.find(before.pluginId);
    if (!installed) throw new Problem('unprocessable', `The plugin ${before.pluginId} is not installed any more.`);
    const { config, ...rest } = input;
    const split = config && splitConfig(installed, config, before);
    await this.checkPlaces(scope, installed, split?.config ?? {}, input.locationIds);
    const state = { status: 'unknown', reason: null, since: this.clock.now(), lastCheckedAt: null };
    const change = { $set: { ...rest, ...(split ? { ...split, state } : {}) }, $inc: { revision: 1 } };
    const unchanged = { revision: before.revision, ...(ifVersion === undefined ? {} : { version: ifVersion }) };
    return this.unitOfWork.run(async (tx) => {
      const connections = this.repository.forTenant(scope, tx);
      const after = await connections.update(id, change as Update<Connection>, unchanged);
      if (!after) {
        const { version } = await connections.getById(id, 'connection');
        throw new Problem('version_mismatch', `The connection is at version ${version} now. Read it again.`);
      }
      await this.tell(scope, tx, after, 'changed');
      return after;
    });
  }

  /** Removes the connection and what its plugin stored. */
  async remove(scope: TenantScope, id: string): Promise<void> {
    await this.unitOfWork.run(async (tx) => {
      const connections = this.repository.forTenant(scope, tx);
      const connection = await connections.getById(id, 'connection');
      if (!(await connections.remove(id))) throw notFound('connection');
      await this.records.forTenant(scope, tx).removeMany({ connectionId: id });
      await this.tell(scope, tx, { ...connection, version: connection.version + 1 }, 'removed');
    });
  }

  private tell(scope: TenantScope, tx: Tx, { _id, version, pluginId, kind, active }: Connection, change: string) {
    return this.outbox.record(scope, tx, {
      type: 'connection.changed',
      subject: { kind: 'connection', id: _id },
      sequence: version,
      data: { change, pluginId, kind, active },
    });
  }

  private async checkPlaces(
    scope: TenantScope,
    { plugin }: Installed,
    config: Record<string, unknown>,
    locationIds: string[] | null | undefined,
  ): Promise<void> {
    const [missing] = await this.locations.missing(scope, locationIds ?? []);
    if (missing !== undefined) throw invalid('/locationIds', 'unknown', 'No location with this id exists here.');
    for (const [name, value] of Object.entries(config)) {
      if (typeof value !== 'string') continue;
      const uri = plugin.configSchema.properties[name]?.format === 'uri';
      if (name === 'host') await this.reachable(name, () => this.guard.assertHost(value, Number(config['port'] ?? 0)));
      else if (uri) await this.reachable(name, () => this.guard.assertUrl(new URL(value)));
    }
  }

  /** A name that does not resolve now may do so later, and the test of the connection says so; only refusals count here. */
  private async reachable(property: string, check: () => Promise<void>): Promise<void> {
    try {
      await check();
    } catch (error) {
      if (!(error instanceof AddressRefused)) return;
      throw invalid(`/config/${property}`, 'address_refused', `This address may not be used: ${error.message}.`);
    }
  }
}
