import type { ConfigSchema, Plugin, PluginKind } from '@openchair/plugin-kit';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { PluginRefused } from './plugin-loader.js';

/** A plugin with the compiled check of its connections' configuration. */
export interface Installed {
  readonly plugin: Plugin;
  /** Faults of a configuration in clear; empty when it is right. */
  check(config: Record<string, unknown>): ErrorObject[];
}

/** The plugins of this installation by id. Read once at boot; never changes afterwards. */
export class PluginRegistry {
  private readonly byId: ReadonlyMap<string, Installed>;

  /** Throws {@link PluginRefused} when a configuration schema is no JSON Schema 2020-12. */
  constructor(plugins: readonly Plugin[]) {
    this.byId = new Map(plugins.map((plugin) => [plugin.id, { plugin, check: checkOf(plugin) }]));
  }

  list(): Plugin[] {
    return [...this.byId.values()].map(({ plugin }) => plugin).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  find(id: string): Installed | undefined {
    return this.byId.get(id);
  }
}

/** What a connection can be asked for: notifications by their channel, else null. */
export function channelOf(plugin: Plugin): 'email' | 'sms' | null {
  return plugin.kind === 'notification' ? plugin.capabilities.channel : null;
}

/** The method that tries a connection without doing anything. */
export function probeOf(kind: PluginKind): 'probe' | 'verify' {
  return kind === 'pms' ? 'probe' : 'verify';
}

function checkOf({ id, configSchema }: Plugin): Installed['check'] {
  const validate = compile(id, configSchema);
  return (config) => (validate(config) ? [] : (validate.errors ?? []));
}

function compile(id: string, schema: ConfigSchema): ValidateFunction {
  // An instance each: schemas of different plugins may carry one $id.
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  addFormats.default(ajv as never);
  try {
    return ajv.compile(schema);
  } catch (error) {
    throw new PluginRefused(id, `its configSchema is not valid: ${(error as Error).message.split('\n')[0]}`);
  }
}
