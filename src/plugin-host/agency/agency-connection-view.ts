import { formatInstant } from '../../kernel/index.js';
import { shownConfig } from '../connections/connection-config.js';
import type { PluginRegistry } from '../registry/plugin-registry.js';
import type { AgencyConnection } from './agency-connection.schema.js';
import type { AgencyConnectionView } from './agency-connections.dto.js';

/** The public form of an agency's connection. */
export function agencyConnectionView(connection: AgencyConnection, registry: PluginRegistry): AgencyConnectionView {
  return {
    id: connection._id,
    pluginId: connection.pluginId,
    kind: connection.kind,
    channel: connection.channel,
    name: connection.name,
    practiceIds: connection.practiceIds ?? null,
    perPractice: connection.perPractice,
    config: shownConfig(connection, registry.find(connection.pluginId)?.plugin.secrets ?? []),
    active: connection.active,
    priority: connection.priority,
    version: connection.version,
    createdAt: formatInstant(connection.createdAt),
    updatedAt: formatInstant(connection.updatedAt),
  };
}
