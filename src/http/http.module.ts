import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Commands } from './idempotency.js';
import { IdempotencyRepository } from './idempotency.schema.js';
import { ProblemFilter } from './problem.filter.js';
import { RateLimitGuard } from './rate-limit.guard.js';
import { RateLimits } from './rate-limits.js';

@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [Commands, IdempotencyRepository, ProblemFilter, RateLimitGuard, RateLimits],
  exports: [Commands, DiscoveryModule, ProblemFilter, RateLimitGuard, RateLimits],
})
export class HttpModule {}
