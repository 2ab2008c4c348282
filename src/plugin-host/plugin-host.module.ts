import { Global, Module } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { LANE_RULES, STANDARD_RULES } from './adapters/lane.js';
import { Lanes } from './adapters/lanes.js';
import { PluginRecords } from './adapters/plugin-record.repository.js';
import { Plugins } from './adapters/plugins.service.js';
import { AgencyConnectionRepository } from './agency/agency-connection.schema.js';
import { AgencyConnectionsController } from './agency/agency-connections.controller.js';
import { AgencyConnections } from './agency/agency-connections.service.js';
import { AgencyPractices } from './agency/agency-practices.js';
import { Inheritance } from './agency/inheritance.js';
import { SharedParts } from './agency/shared-parts.js';
import { ConfiguredAddresses } from './connections/configured-addresses.js';
import { ConnectionChanges } from './connections/connection-changes.js';
import { ConnectionReader } from './connections/connection-reader.js';
import { ConnectionRepository } from './connections/connection.repository.js';
import { ConnectionStates } from './connections/connection-states.js';
import { ConnectionsController } from './connections/connections.controller.js';
import { Connections } from './connections/connections.service.js';
import { ConnectionLocations, ConnectionZones } from './connections/places.js';
import { HooksController } from './inbound/hooks.controller.js';
import { Hooks } from './inbound/hooks.service.js';
import { InboundHandlers } from './inbound/inbound-handlers.js';
import { InboundReceipts } from './inbound/receipt.repository.js';
import { OutboundGuard } from './outbound/outbound-guard.js';
import { PluginRegistry } from './registry/plugin-registry.js';
import { pluginRegistryProvider } from './registry/plugin-registry.provider.js';
import { PluginsController } from './registry/plugins.controller.js';

@Global()
@Module({
  controllers: [PluginsController, ConnectionsController, AgencyConnectionsController, HooksController],
  providers: [
    AgencyConnectionRepository,
    AgencyConnections,
    AgencyPractices,
    ConfiguredAddresses,
    ConnectionChanges,
    ConnectionLocations,
    ConnectionReader,
    ConnectionRepository,
    Connections,
    ConnectionStates,
    ConnectionZones,
    Hooks,
    InboundHandlers,
    InboundReceipts,
    Inheritance,
    Lanes,
    PluginRecords,
    Plugins,
    SharedParts,
    { provide: LANE_RULES, useValue: STANDARD_RULES },
    {
      provide: OutboundGuard,
      inject: [CONFIG],
      useFactory: (config: Config) => new OutboundGuard(config.OUTBOUND_ALLOW),
    },
    pluginRegistryProvider,
  ],
  exports: [
    AgencyPractices,
    ConnectionLocations,
    Connections,
    ConnectionZones,
    InboundHandlers,
    OutboundGuard,
    PluginRegistry,
    Plugins,
  ],
})
export class PluginHostModule {}
