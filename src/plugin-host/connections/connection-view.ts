import { formatInstant } from '../../kernel/index.js';
import type { PluginRegistry } from '../registry/plugin-registry.js';
import { missingFrom, shownConfig } from './connection-config.js';
import type { Connection } from './connection.schema.js';
import type { ConnectionView } from './connections.dto.js';

/** The public form of a connection. */
export function connectionView(connection: Connection, registry: PluginRegistry): ConnectionView {
  const { state } = connection;
  const installed = registry.find(connection.pluginId);
  return {
    id: connection._id,
    pluginId: connection.pluginId,
    kind: connection.kind,
    channel: connection.channel,
    name: connection.name,
    locationIds: connection.locationIds ?? null,
    config: shownConfig(connection, installed?.plugin.secrets ?? []),
    active: connection.active,
    priority: connection.priority,
    origin: connection.inherits ? 'agency' : 'practice',
    missing: connection.inherits ? missingFrom(installed, connection, connection.inherits.perPractice) : [],
    state: {
      status: state.status,
      reason: state.reason,
      since: formatInstant(state.since),
      lastCheckedAt: state.lastCheckedAt === null ? null : formatInstant(state.lastCheckedAt),
    },
    version: connection.version,
    createdAt: formatInstant(connection.createdAt),
    updatedAt: formatInstant(connection.updatedAt),
  };
}
