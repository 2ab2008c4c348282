import { Module, type DynamicModule } from '@nestjs/common';
import { ConfigModule, type Config } from './config/index.js';
import { EventsModule } from './events/index.js';
import { HealthModule } from './health/index.js';
import { HttpModule } from './http/index.js';
import type { Clock } from './kernel/index.js';
import { PersistenceModule } from './persistence/index.js';
import { QueuesModule } from './queues/index.js';

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
        HealthModule,
      ],
    };
  }
}
