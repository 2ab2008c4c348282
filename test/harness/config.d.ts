import { type Config } from '../../src/config/index.js';
/** A database name of its own for each suite, so that suites run side by side. */
export declare function ownDatabase(): string;
/** The environment of an application under test: own database, own Redis prefix, own keys, wide rate limits. */
export declare function testEnvironment(overrides?: Record<string, string>): Record<string, string>;
export declare function testConfig(overrides?: Record<string, string>): Config;
