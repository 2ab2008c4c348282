import { Injectable } from '@nestjs/common';
import type { PmsCapabilities } from '@openchair/plugin-kit';
import { Catalog, type CatalogSnapshot } from '../../catalog/index.js';
import { Problem, zoneId, type TenantScope, type ZoneId } from '../../kernel/index.js';
import { Connections, PluginRegistry, type Connection } from '../../plugin-host/index.js';
import { Locations, type Location } from '../../tenants/index.js';

/** What one connection talks about: a location, its zone, and whom its ids stand for. Read afresh for each run. */
export interface Site {
  readonly scope: TenantScope;
  readonly connection: Connection;
  readonly capabilities: PmsCapabilities;
  readonly locationId: string;
  readonly zone: ZoneId;
  /** Foreign id → our id, of everybody that the import made. */
  readonly providers: ReadonlyMap<string, string>;
  readonly operatories: ReadonlyMap<string, string>;
  /** Our id → foreign id. */
  readonly providerForeignIds: ReadonlyMap<string, string>;
  readonly operatoryForeignIds: ReadonlyMap<string, string>;
  /** Providers who work at several locations. */
  readonly roaming: ReadonlySet<string>;
  /** Providers who may be booked twice at a time. */
  readonly unguarded: ReadonlySet<string>;
  /** Lists that have become empty are believed. */
  readonly believesEmpty: boolean;
}

/** The capabilities of a connection's plugin; null when it is not installed or no practice system. */
export function capabilitiesOf(registry: PluginRegistry, connection: Connection): PmsCapabilities | null {
  const plugin = registry.find(connection.pluginId)?.plugin;
  return plugin?.kind === 'pms' ? plugin.capabilities : null;
}

/** A connection serves one location: the first that it names, or the practice's first. */
function homeOf({ locationIds }: Connection, locations: readonly Location[]): Location | undefined {
  return locationIds == null ? locations[0] : locations.find(({ _id }) => _id === locationIds[0]);
}

/** Finds the site of a connection. */
@Injectable()
export class Sites {
  constructor(
    private readonly connections: Connections,
    private readonly registry: PluginRegistry,
    private readonly catalog: Catalog,
    private readonly locations: Locations,
  ) {}

  /** The practice system of a location that takes our bookings; null when there is none. */
  async writable(scope: TenantScope, locationId: string, lately = false): Promise<Connection | null> {
    const connection = await this.connections.of(scope, 'pms', { locationId, lately });
    if (!connection || !capabilitiesOf(this.registry, connection)?.write.includes('create')) return null;
    return homeOf(connection, await this.locations.active(scope))?._id === locationId ? connection : null;
  }

  /** Throws `unprocessable` when the plugin is gone or the practice has no location. */
  async of(scope: TenantScope, connection: Connection): Promise<Site> {
    const capabilities = capabilitiesOf(this.registry, connection);
    if (!capabilities) throw new Problem('unprocessable', `The plugin ${connection.pluginId} is not installed.`);
    const [locations, snapshot] = await Promise.all([
      this.locations.list(scope, { activeOnly: true }),
      this.catalog.snapshot(scope),
    ]);
    const location = homeOf(connection, locations);
    if (!location) throw new Problem('unprocessable', 'The practice has no active location to import to.');
    return {
      scope,
      connection,
      capabilities,
      locationId: location._id,
      zone: zoneId(location.zone),
      ...translations(connection._id, snapshot),
      roaming: new Set(snapshot.providers.filter((one) => one.locationIds.length > 1).map(({ _id }) => _id)),
      believesEmpty: false,
      unguarded: new Set(snapshot.providers.filter((one) => one.allowOverlap).map(({ _id }) => _id)),
    };
  }
}

function translations(connectionId: string, { providers, operatories }: CatalogSnapshot) {
  const pairs = (items: readonly { _id: string; foreign: { connectionId: string; foreignId: string } | null }[]) =>
    items.flatMap(({ _id, foreign }) =>
      foreign?.connectionId === connectionId ? [[foreign.foreignId, _id] as const] : [],
    );
  const turned = (list: (readonly [string, string])[]) => new Map(list.map(([foreignId, id]) => [id, foreignId]));
  const people = pairs(providers);
  const rooms = pairs(operatories);
  return {
    providers: new Map(people),
    operatories: new Map(rooms),
    providerForeignIds: turned(people),
    operatoryForeignIds: turned(rooms),
  };
}
