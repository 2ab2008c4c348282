import { BullModule } from '@nestjs/bull';
import { Global, Module } from '@nestjs/common';
import { CONFIG, type Config } from '../config/index.js';
import { DueWork } from './due-work.js';
import { WorkHandlers } from './handlers.js';
import { QUEUE, WakeUps } from './wake-ups.js';
import { Worker } from './worker.js';
import { WorkRepository } from './work.repository.js';
import { WorkRunner } from './work-runner.js';

@Global()
@Module({
  imports: [
    BullModule.forRootAsync({
      inject: [CONFIG],
      useFactory: (config: Config) => ({
        prefix: `{${config.REDIS_PREFIX}}:bull`,
        url: config.REDIS_URL,
        redis: { enableReadyCheck: false, retryStrategy: (attempt) => Math.min(attempt * 100, 2_000) },
        settings: { lockDuration: 30_000, maxStalledCount: 5, stalledInterval: 15_000 },
      }),
    }),
    BullModule.registerQueue({ name: QUEUE }),
  ],
  providers: [DueWork, WakeUps, WorkHandlers, WorkRepository, WorkRunner, Worker],
  exports: [DueWork, WorkHandlers, WorkRepository, Worker],
})
export class QueuesModule {}
