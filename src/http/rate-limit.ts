import {
  Inject,
  Injectable,
  type CanActivate,
  type ExecutionContext,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { CONFIG, LOG, type Config, type Log } from '../config/index.js';
import { Problem } from '../kernel/index.js';

const WINDOW_SECONDS = 60;
/** Passwords that may be tried for one account. */
const LOGINS_A_MINUTE = 10;

type Class = 'address' | 'credential' | 'widget' | 'login';

/**
 * Fixed windows counted in Redis, so that several processes share one budget. While Redis does not answer, each process
 * counts for itself: requests are still limited, never refused for Redis' sake.
 */
@Injectable()
export class RateLimitGuard implements CanActivate, OnApplicationShutdown {
  private readonly redis: Redis;
  private readonly limiters: Record<Class, RateLimiterRedis>;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) log: Log,
  ) {
    this.redis = new Redis(config.REDIS_URL, {
      connectionName: 'rate-limit',
      maxRetriesPerRequest: 1,
      enableOfflineQueue: false,
      commandTimeout: 500,
      retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
    });
    this.redis.on('error', (error) =>
      log.warn({ err: error }, 'Redis does not answer; rate limits are counted per process'),
    );
    const limiter = (name: Class, points: number) =>
      new RateLimiterRedis({
        storeClient: this.redis,
        keyPrefix: `{${config.REDIS_PREFIX}}:rate:${name}`,
        points,
        duration: WINDOW_SECONDS,
        insuranceLimiter: new RateLimiterMemory({ points, duration: WINDOW_SECONDS }),
      });
    this.limiters = {
      address: limiter('address', config.RATE_LIMIT_ADDRESS),
      credential: limiter('credential', config.RATE_LIMIT_CREDENTIAL),
      widget: limiter('widget', config.RATE_LIMIT_WIDGET),
      login: limiter('login', LOGINS_A_MINUTE),
    };
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const { principal } = request;
    const name: Class = principal === undefined ? 'address' : principal.kind === 'widget' ? 'widget' : 'credential';
    await this.spend(
      name,
      principal?.credentialId ?? request.ip ?? 'unknown',
      context.switchToHttp().getResponse<Response>(),
    );
    return true;
  }

  /** Takes one request from a budget; used by the log-in and by refused credentials too, which count against the address. */
  async spend(name: Class, key: string, response: Response): Promise<void> {
    const limiter = this.limiters[name];
    response.setHeader('RateLimit-Policy', `"${name}";q=${limiter.points};w=${WINDOW_SECONDS}`);
    try {
      tell(response, name, await limiter.consume(key));
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      tell(response, name, refused);
      const seconds = Math.max(1, Math.ceil(refused.msBeforeNext / 1_000));
      throw new Problem('rate_limited', `At most ${limiter.points} requests a minute. Wait ${seconds} s.`, {
        retryAfter: seconds,
        extensions: { violatedPolicies: [name] },
      });
    }
  }

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }
}

/** RateLimit header of draft-ietf-httpapi-ratelimit-headers-10. */
function tell(response: Response, name: Class, state: RateLimiterRes): void {
  response.setHeader('RateLimit', `"${name}";r=${state.remainingPoints};t=${Math.ceil(state.msBeforeNext / 1_000)}`);
}
