import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Commands } from './idempotency.js';
import { IdempotencyRepository } from './idempotency.schema.js';
import { ProblemFilter } from './problem.filter.js';
import { RateLimitGuard } from './rate-limit.js';

@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [Commands, IdempotencyRepository, ProblemFilter, RateLimitGuard],
  exports: [Commands, DiscoveryModule, ProblemFilter, RateLimitGuard],
})
export class HttpModule {}
