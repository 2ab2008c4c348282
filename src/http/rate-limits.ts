import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Redis } from 'ioredis';
import ipaddr from 'ipaddr.js';
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import { CONFIG, LOG, type Config, type Log } from '../config/index.js';
import { Problem } from '../kernel/index.js';
import { BudgetShares, type BudgetState } from './budget-shares.js';

const WINDOW_SECONDS = 60;
/** One account from everywhere, and one address for all accounts, may try so many times what one account may from one address. */
const LOGIN_SPREAD = 10;

export type Budget =
  | 'address'
  | 'credential'
  | 'widget'
  | 'login'
  | 'login-account'
  | 'login-address'
  | 'refused-address'
  | 'refused-credential';

/**
 * Fixed windows counted in Redis, so that several processes share one budget. While Redis does not answer, each process
 * counts for itself: requests are still limited, never refused for Redis' sake.
 */
@Injectable()
export class RateLimits implements OnApplicationShutdown {
  private readonly redis: Redis;
  private readonly budgets: Record<Budget, BudgetShares>;

  constructor(@Inject(CONFIG) config: Config, @Inject(LOG) log: Log) {
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
    const budget = (name: Budget, points: number) =>
      new BudgetShares(
        new RateLimiterRedis({
          storeClient: this.redis,
          keyPrefix: `{${config.REDIS_PREFIX}}:rate:${name}`,
          points,
          duration: WINDOW_SECONDS,
          insuranceLimiter: new RateLimiterMemory({ points, duration: WINDOW_SECONDS }),
        }),
      );
    this.budgets = {
      address: budget('address', config.RATE_LIMIT_ADDRESS),
      credential: budget('credential', config.RATE_LIMIT_CREDENTIAL),
      widget: budget('widget', config.RATE_LIMIT_WIDGET),
      login: budget('login', config.RATE_LIMIT_LOGIN),
      'login-account': budget('login-account', config.RATE_LIMIT_LOGIN * LOGIN_SPREAD),
      'login-address': budget('login-address', config.RATE_LIMIT_LOGIN * LOGIN_SPREAD),
      'refused-address': budget('refused-address', config.RATE_LIMIT_REFUSED),
      'refused-credential': budget('refused-credential', config.RATE_LIMIT_REFUSED),
    };
  }

  /** Takes one request from a budget and says in the answer what is left; throws `rate_limited` when nothing is. */
  async spend(name: Budget, key: string, response: Response): Promise<void> {
    const state = await this.budgets[name].take(key);
    tell(response, name, this.budgets[name].points, state);
    if (state.over) throw this.problemOf(name, state);
  }

  /**
   * Counts an answer that refused its caller, against the address and against the credential. The answer that is over a
   * budget becomes `rate_limited`, so that probing further tells nothing; what a credential may do goes on working.
   */
  async refusal(refused: Problem, request: Request, response: Response): Promise<Problem> {
    const credential = request.principal?.credentialId;
    const budgets: [Budget, string][] = [['refused-address', addressOf(request)]];
    if (credential !== undefined) budgets.push(['refused-credential', credential]);
    let answer = refused;
    for (const [name, key] of budgets) {
      const state = await this.budgets[name].take(key);
      if (!state.over) continue;
      tell(response, name, this.budgets[name].points, state);
      answer = this.problemOf(name, state);
    }
    return answer;
  }

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }

  private problemOf(name: Budget, { seconds }: { seconds: number }): Problem {
    const what = name.startsWith('refused') ? 'refused requests' : name.startsWith('login') ? 'log-ins' : 'requests';
    return new Problem('rate_limited', `At most ${this.budgets[name].points} ${what} a minute. Wait ${seconds} s.`, {
      retryAfter: seconds,
      extensions: { violatedPolicies: [name] },
    });
  }
}

/** The lists RateLimit-Policy and RateLimit of draft-ietf-httpapi-ratelimit-headers-10: one member for each budget that was asked. */
function tell(response: Response, name: Budget, points: number, { left, seconds }: BudgetState): void {
  add(response, 'RateLimit-Policy', `"${name}";q=${points};w=${WINDOW_SECONDS}`);
  add(response, 'RateLimit', `"${name}";r=${left};t=${seconds}`);
}

function add(response: Response, header: string, member: string): void {
  const before = response.getHeader(header);
  response.setHeader(header, before === undefined ? member : `${String(before)}, ${member}`);
}

/** The caller as budgets know it: an IPv4 address, or the /64 network that one IPv6 customer has. */
export function addressOf(request: Request): string {
  if (!request.ip || !ipaddr.isValid(request.ip)) return 'unknown';
  const address = ipaddr.process(request.ip);
  if (address.kind() === 'ipv4') return address.toString();
  return `${(address as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}
