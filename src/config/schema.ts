import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);

/** Master keys: `id:base64` pairs, comma-separated; the first wraps, all unwrap. */
const masterKeys = z.string().transform((text, context) => {
  const keys = new Map<string, Buffer>();
  for (const pair of text.split(',')) {
    const [id, encoded] = [pair.slice(0, pair.indexOf(':')), pair.slice(pair.indexOf(':') + 1)];
    const key = Buffer.from(encoded, 'base64');
    if (!/^[a-z0-9-]{1,32}$/.test(id) || key.length !== 32) {
      context.addIssue(
        'must be comma-separated id:base64 pairs of 32 random bytes, e.g. m1:$(openssl rand -base64 32)',
      );
      return z.NEVER;
    }
    keys.set(id, key);
  }
  return keys;
});

/** Every setting of the platform, with its environment variable, its rule and its default. */
export const settings = z.object({
  NODE_ENV: z.enum(['production', 'development', 'test']).default('production'),
  ROLE: z.enum(['all', 'api', 'worker']).default('all'),
  HOST: z.string().default('127.0.0.1'),
  PORT: port.default(3000),
  BASE_URL: z.url({ protocol: /^https?$/ }),
  MONGODB_URI: z.string().regex(/^mongodb(\+srv)?:\/\//, 'must start with mongodb:// or mongodb+srv://'),
  REDIS_URL: z.string().regex(/^rediss?:\/\//, 'must start with redis:// or rediss://'),
  MASTER_KEYS: masterKeys,
  /** Ed25519 private keys (PKCS#8, base64 DER), `kid:base64` pairs, newest first; the first signs, all verify. */
  SIGNING_KEYS: z.string().min(1),
  /** Platform operator's secret for the first agency and for operations; at least 32 characters. */
  PLATFORM_TOKEN: z.string().min(32).optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** Directories or package names of plugins, comma-separated, beside the plugins/ folder. */
  PLUGINS: z.string().default(''),
  /** Hosts (host or host:port) in private ranges that plugins may call, comma-separated; for the sandbox. */
  OUTBOUND_ALLOW: z.string().default(''),
  /** The local mail server and inbox that the demo practice sends to; the demo has no messages without them. */
  SMTP_URL: z
    .string()
    .regex(/^smtp:\/\//)
    .optional(),
  INBOX_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Seconds between two looks at a practice system: how old a change made there may become here. */
  SYNC_POLL_SECONDS: z.coerce.number().int().min(1).max(3_600).default(30),
  /** How many proxies stand before the platform; decides whose X-Forwarded-For is believed. */
  TRUST_PROXY_HOPS: z.coerce.number().int().min(0).max(10).default(0),
  /** Requests a minute from one address without a credential, for one credential, and for one widget session. */
  RATE_LIMIT_ADDRESS: z.coerce.number().int().positive().default(300),
  RATE_LIMIT_CREDENTIAL: z.coerce.number().int().positive().default(3_000),
  RATE_LIMIT_WIDGET: z.coerce.number().int().positive().default(240),
  /** Passwords that may be tried a minute for one account from one address; in all, ten times as many for either. */
  RATE_LIMIT_LOGIN: z.coerce.number().int().positive().default(10),
  /** Answers 401, 403 and 404 a minute to one address, and to one credential: who looks for what is not theirs stops here. */
  RATE_LIMIT_REFUSED: z.coerce.number().int().positive().default(120),
  /** Seconds for open requests and jobs to end after SIGTERM. */
  DRAIN_SECONDS: z.coerce.number().int().min(1).max(300).default(25),
  /** Prefix of every key in Redis; lets several installations share one server. */
  REDIS_PREFIX: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .default('openchair'),
});

export type Settings = z.output<typeof settings>;
