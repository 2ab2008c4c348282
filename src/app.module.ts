import { Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { CatalogModule } from './catalog/index.js';
import { ConfigModule, type Config } from './config/index.js';
import { DemoModule } from './demo/index.js';
import { EventsModule } from './events/index.js';
import { HealthModule } from './health/index.js';
import { HttpModule, RateLimitGuard } from './http/index.js';
import { AuthGuard, IdentityModule } from './identity/index.js';
import type { Clock } from './kernel/index.js';
import { MessagingModule } from './messaging/index.js';
import { OperationsModule } from './operations/index.js';
import { PatientsModule } from './patients/index.js';
import { PersistenceModule } from './persistence/index.js';
import { PluginHostModule } from './plugin-host/index.js';
import { QueuesModule } from './queues/index.js';
import { SchedulingModule } from './scheduling/index.js';
import { SyncModule } from './sync/index.js';
import { TenantsModule } from './tenants/index.js';
import { WidgetModule } from './widget/index.js';
import { WiringModule } from './wiring.module.js';

/** The composition root: the only place that knows every room. */
@Module({})
export class AppModule {
  static with(config: Config, clock?: Clock): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.with(config, clock),
        PersistenceModule,
        QueuesModule,
        EventsModule,
        HttpModule,
        IdentityModule,
        TenantsModule,
        WiringModule,
        CatalogModule,
        PatientsModule,
        SchedulingModule,
        PluginHostModule,
        SyncModule,
        MessagingModule,
        WidgetModule,
        DemoModule,
        HealthModule,
        OperationsModule,
      ],
      // First who asks, then how often.
      providers: [
        { provide: APP_GUARD, useExisting: AuthGuard },
        { provide: APP_GUARD, useExisting: RateLimitGuard },
      ],
    };
  }
}
