import { Global, Module, type DynamicModule } from '@nestjs/common';
import { CLOCK, systemClock, type Clock } from '../kernel/index.js';
import { CONFIG, type Config } from './config.js';
import { createLog, LOG } from './logger.js';

/** What every room may ask for: the settings, the clock and the logger. */
@Global()
@Module({})
export class ConfigModule {
  static with(config: Config, clock: Clock = systemClock): DynamicModule {
    return {
      module: ConfigModule,
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: CLOCK, useValue: clock },
        { provide: LOG, useValue: createLog(config) },
      ],
      exports: [CONFIG, CLOCK, LOG],
    };
  }
}
