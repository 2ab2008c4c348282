import { type ConfigSchema, withDefaults } from './config-schema.js';
import type { PluginDeps } from './deps.js';
import type { EmailAdapter, NotificationCapabilities, SmsAdapter } from './notification.js';
import type { PaymentAdapter, PaymentCapabilities } from './payment.js';
import type { PmsAdapter, PmsCapabilities } from './pms.js';

/** A connection's configuration after validation, secrets in clear. */
export type PluginConfig = Readonly<Record<string, unknown>>;

interface Declaration<Kind extends string, Capabilities, Adapter, Config> {
  /** Lower case, for example `pms-sandbox`; stored with every connection, so it never changes. */
  readonly id: string;
  readonly kind: Kind;
  /** For people. */
  readonly name: string;
  readonly version: string;
  /** The kit it was built for: `^MAJOR.MINOR`. */
  readonly compatibility: string;
  readonly capabilities: Capabilities;
  readonly configSchema: ConfigSchema;
  /** Properties of the configuration that are credentials: encrypted at rest, never shown again. */
  readonly secrets: readonly string[];
  /** A fresh adapter for one connection. No I/O here, nothing global, nothing shared between connections. */
  readonly create: (config: Config, deps: PluginDeps) => Adapter;
}

export type PmsPlugin<C = PluginConfig> = Declaration<'pms', PmsCapabilities, PmsAdapter, C>;
export type EmailPlugin<C = PluginConfig> = Declaration<
  'notification',
  NotificationCapabilities & { readonly channel: 'email' },
  EmailAdapter,
  C
>;
export type SmsPlugin<C = PluginConfig> = Declaration<
  'notification',
  NotificationCapabilities & { readonly channel: 'sms' },
  SmsAdapter,
  C
>;
export type PaymentPlugin<C = PluginConfig> = Declaration<'payment', PaymentCapabilities, PaymentAdapter, C>;

/** A plugin as the host holds it: told apart by `kind`, and notifications by `capabilities.channel`. */
export type Plugin = PmsPlugin | EmailPlugin | SmsPlugin | PaymentPlugin;
export type PluginKind = Plugin['kind'];

const ID = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * Declares a plugin: the default export of its package. Checks the declaration when the package loads, fills defaults
 * into the configuration before `create`, and freezes the result. Throws a TypeError that names the plugin and the fault.
 */
export function definePlugin<C>(declaration: PmsPlugin<C>): PmsPlugin;
export function definePlugin<C>(declaration: EmailPlugin<C>): EmailPlugin;
export function definePlugin<C>(declaration: SmsPlugin<C>): SmsPlugin;
export function definePlugin<C>(declaration: PaymentPlugin<C>): PaymentPlugin;
export function definePlugin<C>(declaration: PmsPlugin<C> | EmailPlugin<C> | SmsPlugin<C> | PaymentPlugin<C>): Plugin {
  const faults = faultsOf(declaration);
  if (faults.length > 0) throw new TypeError(`plugin "${declaration.id}": ${faults.join('; ')}`);
  const { configSchema, create } = declaration as unknown as Plugin;
  return Object.freeze({
    ...(declaration as unknown as Plugin),
    create: (config: PluginConfig, deps: PluginDeps) => create(withDefaults(configSchema, config), deps),
  }) as Plugin;
}

function faultsOf(declaration: {
  id: string;
  version: string;
  compatibility: string;
  configSchema: ConfigSchema;
  secrets: readonly string[];
}): string[] {
  const { id, version, compatibility, configSchema, secrets } = declaration;
  const known = Object.keys(configSchema.properties);
  const faults: string[] = [];
  if (!ID.test(id) || id.length > 40) faults.push('id must be lower-case words joined by "-", at most 40 characters');
  if (!/^\d+\.\d+\.\d+$/.test(version)) faults.push('version must be MAJOR.MINOR.PATCH');
  if (!/^\^\d+\.\d+(\.\d+)?$/.test(compatibility)) faults.push('compatibility must be ^MAJOR.MINOR');
  if (configSchema.additionalProperties !== false) faults.push('configSchema must say additionalProperties: false');
  for (const name of [...secrets, ...(configSchema.required ?? [])]) {
    if (!known.includes(name)) faults.push(`"${name}" is not a property of configSchema`);
  }
  for (const name of known) {
    const property = configSchema.properties[name];
    if (!property?.title || !property.description) faults.push(`property "${name}" needs a title and a description`);
  }
  return faults;
}
