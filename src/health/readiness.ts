import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { collectDefaultMetrics, Gauge, register } from 'prom-client';
import { CONFIG, type Config } from '../config/index.js';
import { TZDATA_VERSION } from '../kernel/index.js';
import { Persistence } from '../persistence/index.js';
import type { ReadinessView } from './health.dto.js';

const VERSION = '0.1.0';

if (!register.getSingleMetric('process_cpu_user_seconds_total')) collectDefaultMetrics();
new Gauge({
  name: 'openchair_tzdata_info',
  help: 'Version of the bundled time-zone data',
  labelNames: ['version'],
}).set({ version: TZDATA_VERSION }, 1);

/** Asks each part for a real answer; says "not ready" before the drain, so that no new request comes. */
@Injectable()
export class Readiness implements BeforeApplicationShutdown, OnApplicationShutdown {
  private draining = false;
  private readonly redis: Redis;

  constructor(
    private readonly persistence: Persistence,
    @Inject(CONFIG) config: Config,
  ) {
    this.redis = new Redis(config.REDIS_URL, {
      connectionName: 'readiness',
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      commandTimeout: 1_000,
      retryStrategy: () => 500,
    });
    this.redis.on('error', () => undefined);
  }

  async report(): Promise<ReadinessView> {
    const [database, redis] = await Promise.all([answers(this.persistence.connected()), answers(this.redis.ping())]);
    const checks = { database, redis, drain: this.draining ? 'draining' : 'ok' } as const;
    // Redis only wakes work up: without it the API still serves, so it does not decide.
    const status = database === 'ok' && !this.draining ? 'ok' : 'unavailable';
    return { status, checks, tzdata: TZDATA_VERSION, version: VERSION };
  }

  beforeApplicationShutdown(): void {
    this.draining = true;
  }

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }
}

async function answers(question: Promise<unknown>): Promise<'ok' | 'down'> {
  return question.then(
    () => 'ok',
    () => 'down',
  );
}
