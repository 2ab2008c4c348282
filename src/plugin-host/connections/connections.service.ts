import { Inject, Injectable } from '@nestjs/common';
import type { PluginKind } from '@openchair/plugin-kit';
import { CLOCK, invalid, newId, Problem, type Clock, type TenantScope } from '../../kernel/index.js';
import { UnitOfWork, type Page, type Tx, type Update } from '../../persistence/index.js';
import { SharedParts } from '../agency/shared-parts.js';
import { channelOf, PluginRegistry, type Installed } from '../registry/plugin-registry.js';
import { ConfiguredAddresses } from './configured-addresses.js';
import { ConnectionChanges } from './connection-changes.js';
import { splitConfig, type SplitConfig } from './connection-config.js';
import { ConnectionReader } from './connection-reader.js';
import { ConnectionRepository } from './connection.repository.js';
import { untried, type Connection } from './connection.schema.js';
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
  /** As this process has seen them up to a second ago. */
  lately?: boolean;
}

export const DEFAULT_PRIORITY = 100;

/** The connections of a practice: who they are and how they are configured. Calls go through `Plugins`. */
@Injectable()
export class Connections {
  constructor(
    private readonly repository: ConnectionRepository,
    private readonly reader: ConnectionReader,
    private readonly changes: ConnectionChanges,
    private readonly registry: PluginRegistry,
    private readonly locations: ConnectionLocations,
    private readonly addresses: ConfiguredAddresses,
    private readonly shared: SharedParts,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * The active connection of `kind` that is asked first: the lowest priority, then the practice's own before an inherited one,
   * then one made for the location before one for all, then the oldest. Null when there is none that can be used.
   */
  async of(scope: TenantScope, kind: PluginKind, wanted: Wanted = {}): Promise<Connection | null> {
    return (await this.all(scope, kind, wanted))[0] ?? null;
  }

  /** All active connections of `kind` in the order in which they are asked; see `of`. */
  async all(
    scope: TenantScope,
    kind: PluginKind,
    { channel, locationId, anywhere, lately }: Wanted = {},
  ): Promise<Connection[]> {
    const found = await this.reader.active(scope, kind, lately);
    const serves = ({ locationIds }: Connection) =>
      anywhere || locationIds == null || (locationId !== undefined && locationIds.includes(locationId));
    return found
      .filter((one) => (channel === undefined || one.channel === channel) && serves(one))
      .filter(({ pluginId }) => this.registry.find(pluginId) !== undefined)
      .sort(
        (a, b) =>
          a.priority - b.priority ||
          Number(a.inherits != null) - Number(b.inherits != null) ||
          Number(a.locationIds == null) - Number(b.locationIds == null),
      );
  }

  get(scope: TenantScope, id: string): Promise<Connection> {
    return this.reader.get(scope, id);
  }

  list(scope: TenantScope, { kind, active, limit, cursor }: ConnectionsQuery): Promise<Page<Connection>> {
    const filter = { ...(kind ? { kind } : {}), ...(active === undefined ? {} : { active }) };
    return this.reader.page(scope, { filter, limit, cursor });
  }

  /** Checks a request for a connection: plugin, configuration, locations, hosts. Throws `invalid_request`. */
  async prepare(scope: TenantScope, input: CreateConnection): Promise<PreparedConnection> {
    const installed = this.registry.find(input.pluginId);
    if (!installed) {
      throw invalid('/pluginId', 'unknown', 'No plugin with this id is installed: see GET /v1/plugins.');
    }
    const split = splitConfig(installed, input.config);
    await this.checkLocations(scope, input.locationIds);
    await this.addresses.check(installed, split.config);
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
      state: untried(now),
      inherits: null,
    });
    await this.changes.tell(scope, tx, connection, 'created');
    return connection;
  }

  /**
   * Changes what is named in `input`; `ifVersion` refuses when somebody else was faster. A new configuration is untried again.
   * Of an inherited one the practice only says whether, and where, it uses it.
   */
  async patch(scope: TenantScope, id: string, input: PatchConnection, ifVersion?: number): Promise<Connection> {
    const before = await this.get(scope, id);
    if (before.inherits) assertOwn(input);
    const installed = this.registry.find(before.pluginId);
    if (!installed) throw new Problem('unprocessable', `The plugin ${before.pluginId} is not installed any more.`);
    const { config, ...rest } = input;
    const split = config && splitConfig(installed, config, { before });
    await this.checkLocations(scope, input.locationIds);
    if (split) await this.addresses.check(installed, split.config);
    const state = untried(this.clock.now());
    const set = { ...rest, ...(split ? { ...split, state } : {}), ...(await this.switched(before, input.active)) };
    const change = { $set: set, $inc: { revision: 1 } };
    const unchanged = { revision: before.revision, ...(ifVersion === undefined ? {} : { version: ifVersion }) };
    await this.unitOfWork.run(async (tx) => {
      const connections = this.repository.forTenant(scope, tx);
      const after = await connections.update(id, change as Update<Connection>, unchanged);
      if (!after) {
        const { version } = await connections.getById(id, 'connection');
        throw new Problem('version_mismatch', `The connection is at version ${version} now. Read it again.`);
      }
      await this.changes.tell(scope, tx, after, 'changed');
    });
    return this.get(scope, id);
  }

  /** Removes the connection and what its plugin stored. */
  async remove(scope: TenantScope, id: string): Promise<void> {
    await this.unitOfWork.run(async (tx) => {
      const connection = await this.repository.forTenant(scope, tx).getById(id, 'connection');
      if (connection.inherits) {
        throw new Problem('conflict', 'This connection comes from the agency. Switch it off instead: active = false.');
      }
      await this.changes.remove(scope, tx, connection);
    });
  }

  /** An inherited one comes on only when its agency has it on, too. */
  private async switched(before: Connection, active: boolean | undefined): Promise<object> {
    if (!before.inherits || active === undefined) return {};
    const shared = await this.shared.of(before.inherits);
    return { active: shared !== null && this.shared.isOn(shared, before, !active), 'inherits.off': !active };
  }

  private async checkLocations(scope: TenantScope, locationIds: string[] | null | undefined): Promise<void> {
    const [missing] = await this.locations.missing(scope, locationIds ?? []);
    if (missing !== undefined) throw invalid('/locationIds', 'unknown', 'No location with this id exists here.');
  }
}

function assertOwn(input: PatchConnection): void {
  const foreign = (['name', 'config', 'priority'] as const).find((field) => input[field] !== undefined);
  if (foreign === undefined) return;
  const detail = 'This connection comes from the agency: a practice changes only active and locationIds.';
  throw invalid(`/${foreign}`, 'inherited', detail);
}
