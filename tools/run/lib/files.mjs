/** Small files under `.data/` that the runner keeps: the demo's secrets, the demo's addresses, and who runs. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readOrEmpty } from './lock.mjs';
import { Problem } from './problem.mjs';

/**
 * Written whole or not at all, so that a full disk never leaves half a file.
 * @param {string} file
 * @param {unknown} value
 * @param {number} [mode]
 */
export function writeJson(file, value, mode = 0o644) {
  mkdirSync(dirname(file), { recursive: true });
  const part = `${file}.part`;
  writeFileSync(part, JSON.stringify(value, null, 2) + '\n', { mode });
  renameSync(part, file);
}

/** @param {string} file @returns {Record<string, unknown> | undefined} undefined when it is missing or not JSON */
export function readJson(file) {
  try {
    return JSON.parse(readOrEmpty(file));
  } catch {
    return undefined;
  }
}

/** The demo's secrets, by the variable that carries them to the app; src/config says what form each has. */
const SECRETS = {
  MASTER_KEYS: () => `demo:${randomBytes(32).toString('base64')}`,
  SIGNING_KEYS: () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    return `demo:${privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64')}`;
  },
  PLATFORM_TOKEN: () => randomBytes(32).toString('hex'),
};

/**
 * The demo's secrets, made on the first start and kept, for the demo's data is encrypted with them.
 * @param {string} root
 * @returns {Record<string, string>} variables for the app
 */
export function demoSecrets(root) {
  const file = join(root, '.data', 'secrets.json');
  const kept = /** @type {Record<string, string>} */ (readJson(file) ?? {});
  const missing = Object.entries(SECRETS).filter(([name]) => typeof kept[name] !== 'string');
  if (missing.length === 0) return kept;
  const all = { ...kept, ...Object.fromEntries(missing.map(([name, make]) => [name, make()])) };
  writeJson(file, all, 0o600);
  return all;
}

/**
 * @typedef {{ baseUrl: string, docsUrl: string, bookingUrl: string, inboxUrl: string, widgetKey: string, apiKey: string }} Demo
 */

/**
 * What a person or a tool needs to use the running demo.
 * @param {{ baseUrl: string, inboxUrl: string, seed: Record<string, unknown> | undefined }} from seed: what `seed-demo` printed
 * @returns {Demo}
 */
export function demoOf({ baseUrl, inboxUrl, seed }) {
  const text = (/** @type {string} */ name) => {
    const value = seed?.[name];
    if (typeof value === 'string' && value !== '') return value;
    throw new Problem(`"dist/cli.js seed-demo" did not print "${name}".`, 'Run "npm run build" and start again.');
  };
  return {
    baseUrl,
    docsUrl: new URL(text('docsPath'), baseUrl).href,
    bookingUrl: new URL(text('bookingPath'), baseUrl).href,
    inboxUrl,
    widgetKey: text('widgetKey'),
    apiKey: text('apiKey'),
  };
}
