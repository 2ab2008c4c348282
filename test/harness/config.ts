import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readConfig, type Config } from '../../src/config/index.js';

/** The address of a data service given by the test runner. */
function given(name: 'MONGODB_URI' | 'REDIS_URL'): string {
  const value = process.env[name];
  if (!value)
    throw new Error(`${name} is not set: run the tests with npm test, or start the data services and set it.`);
  return value;
}

/** A database name of its own for each suite, so that suites run side by side. */
export function ownDatabase(): string {
  const uri = new URL(given('MONGODB_URI'));
  uri.pathname = `/oc_test_${randomBytes(6).toString('hex')}`;
  return uri.toString();
}

/** The environment of an application under test: own database, own Redis prefix, own keys, wide rate limits. */
export function testEnvironment(overrides: Record<string, string> = {}): Record<string, string> {
  const signing = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64');
  return {
    NODE_ENV: 'test',
    ROLE: 'all',
    HOST: '127.0.0.1',
    PORT: '0',
    BASE_URL: 'http://127.0.0.1:3000',
    MONGODB_URI: ownDatabase(),
    REDIS_URL: given('REDIS_URL'),
    REDIS_PREFIX: `t-${randomBytes(6).toString('hex')}`,
    MASTER_KEYS: `m1:${randomBytes(32).toString('base64')}`,
    SIGNING_KEYS: `k1:${signing}`,
    PLATFORM_TOKEN: randomBytes(24).toString('hex'),
    LOG_LEVEL: 'silent',
    RATE_LIMIT_ADDRESS: '1000000',
    RATE_LIMIT_CREDENTIAL: '1000000',
    RATE_LIMIT_WIDGET: '1000000',
    RATE_LIMIT_LOGIN: '1000000',
    RATE_LIMIT_REFUSED: '1000000',
    OUTBOUND_ALLOW: '127.0.0.1',
    SMTP_URL: 'smtp://127.0.0.1:9',
    INBOX_URL: 'http://127.0.0.1:9',
    ...overrides,
  };
}

export function testConfig(overrides: Record<string, string> = {}): Config {
  return readConfig(testEnvironment(overrides));
}
