import { isDeepStrictEqual } from 'node:util';
import type { ErrorObject } from 'ajv';
import { Problem, type FieldError } from '../../kernel/index.js';
import type { Installed } from '../registry/plugin-registry.js';
import { isAddress } from './configured-addresses.js';
import type { Connection } from './connection.schema.js';

type Values = Record<string, unknown>;

/** A configuration as it is stored: what may be shown, and what may not. */
export interface SplitConfig {
  config: Values;
  secrets: Values;
}

export interface SplitOptions {
  /** What was stored: secrets that are left out are kept. */
  before?: SplitConfig | undefined;
  /** What the rest of the configuration says; `given` is laid over it. */
  shared?: SplitConfig;
  /** Properties that may be missing, because they are given elsewhere. */
  elsewhere?: readonly string[];
}

/**
 * Checks `given` against the plugin's schema and parts the secrets from the rest. A secret that is left out, or given as it is
 * shown (`{"set": true}`), stays as it was, unless an address changes; `null` removes it. Throws `invalid_request` with a pointer for each fault; no
 * message ever holds a value.
 */
export function splitConfig(installed: Installed, given: Values, options: SplitOptions = {}): SplitConfig {
  const { plugin } = installed;
  const { before, shared, elsewhere = [] } = options;
  const clear: Values = { ...given };
  const kept: string[] = [];
  for (const name of plugin.secrets) {
    const value = clear[name];
    if (value === undefined || isShown(value)) {
      clear[name] = before?.secrets[name];
      if (clear[name] !== undefined) kept.push(name);
    }
    if (clear[name] === null || clear[name] === undefined) delete clear[name];
  }
  if (before && goesElsewhere(plugin, before.config, clear)) refuseKept(kept);
  const whole = shared ? { ...joinConfig(shared), ...clear } : clear;
  const faults = installed.check(whole).filter((fault) => !elsewhere.includes(missingIn(fault) ?? ''));
  if (faults.length > 0) throw refused(faults);
  const config: Values = {};
  const secrets: Values = {};
  for (const [name, value] of Object.entries(clear)) (plugin.secrets.includes(name) ? secrets : config)[name] = value;
  return { config, secrets };
}

/** What an agency says for all practices, and the part of one of them laid over it. */
export function joinShared(shared: SplitConfig & { perPractice: readonly string[] }, part: SplitConfig): SplitConfig {
  const own = (values: Values) =>
    Object.fromEntries(Object.entries(values).filter(([name]) => shared.perPractice.includes(name)));
  return {
    config: { ...shared.config, ...own(part.config) },
    secrets: { ...shared.secrets, ...own(part.secrets) },
  };
}

/** What is inherited may lack something before it can be used: what the schema wants, and what each practice has to have for itself. */
export function missingFrom(installed: Installed | undefined, split: SplitConfig, perPractice: readonly string[]) {
  if (!installed) return [];
  const whole = joinConfig(split);
  const wanted = installed.check(whole).map((fault) => missingIn(fault) ?? fault.instancePath.slice(1));
  return [...new Set([...wanted, ...perPractice.filter((name) => !(name in whole))])];
}

function missingIn({ params }: ErrorObject): string | undefined {
  return (params as { missingProperty?: string }).missingProperty;
}

/** Whether the configuration names another place than before. */
function goesElsewhere({ configSchema }: Installed['plugin'], before: Values, after: Values): boolean {
  return Object.entries(configSchema.properties).some(
    ([name, property]) => isAddress(name, property) && !isDeepStrictEqual(before[name], after[name]),
  );
}

/** Whoever may change the address must not get the old secrets sent there. */
function refuseKept(names: readonly string[]): void {
  if (names.length === 0) return;
  const detail = 'the address has changed: give this secret again, or null to remove it';
  const errors = names.map((name) => ({ pointer: `/config/${name}`, code: 'required', detail }));
  throw new Problem('invalid_request', `/config/${names[0]}: ${detail}.`, { errors });
}

/** The configuration as adapters get it. A copy: an adapter that changes it changes nothing of ours. */
export function joinConfig({ config, secrets }: SplitConfig): Values {
  return structuredClone({ ...config, ...secrets });
}

/** The configuration as the API shows it: of a secret only whether there is one. */
export function shownConfig({ config, secrets }: SplitConfig, secretNames: readonly string[]): Values {
  const shown: Values = { ...config };
  for (const name of new Set([...secretNames, ...Object.keys(secrets)])) shown[name] = { set: name in secrets };
  return shown;
}

/** Every text of the secrets, to be blotted out wherever it turns up. */
export function secretTexts({ secrets }: Pick<Connection, 'secrets'>): string[] {
  return Object.values(secrets).filter((value): value is string => typeof value === 'string' && value.length >= 4);
}

function isShown(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof (value as { set?: unknown }).set === 'boolean';
}

function refused(faults: ErrorObject[]): Problem {
  const errors = faults.slice(0, 20).map(fieldErrorOf);
  const first = errors[0] as FieldError;
  return new Problem('invalid_request', `${first.pointer}: ${first.detail}.`, { errors });
}

function fieldErrorOf({ instancePath, keyword, message, params }: ErrorObject): FieldError {
  const { missingProperty, additionalProperty } = params as { missingProperty?: string; additionalProperty?: string };
  const member = missingProperty ?? additionalProperty;
  const pointer = `/config${instancePath}${member === undefined ? '' : `/${escaped(member)}`}`.slice(0, 200);
  if (missingProperty !== undefined) return { pointer, code: 'required', detail: 'the plugin needs this property' };
  if (additionalProperty !== undefined) {
    return { pointer, code: 'unknown_field', detail: 'the plugin does not know this property' };
  }
  return { pointer, code: keyword.toLowerCase(), detail: message ?? 'is not valid' };
}

function escaped(member: string): string {
  return member.replaceAll('~', '~0').replaceAll('/', '~1');
}
