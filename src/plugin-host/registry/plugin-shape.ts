import { isCompatible, KIT_VERSION, type Plugin } from '@openchair/plugin-kit';

const KINDS = ['pms', 'notification', 'payment'];
const TEXTS = ['id', 'kind', 'name', 'version', 'compatibility'] as const;

/** The declaration in what a package exports: `default`, else `plugin`. Throws an Error whose message is the reason to refuse it. */
export function pluginOf(exported: unknown): Plugin {
  const { default: byDefault, plugin } = (exported ?? {}) as { default?: unknown; plugin?: unknown };
  const declared = unwrapped(byDefault) ?? plugin;
  if (typeof declared !== 'object' || declared === null) {
    throw new Error('its package exports no plugin: export what definePlugin returns as default or as "plugin"');
  }
  const found = declared as Record<string, unknown>;
  const faults: string[] = TEXTS.filter((name) => typeof found[name] !== 'string').map(
    (name) => `${name} must be text`,
  );
  if (!KINDS.includes(String(found['kind']))) faults.push(`kind must be one of ${KINDS.join(', ')}`);
  if (typeof found['create'] !== 'function') faults.push('create must be a function');
  if (!Array.isArray(found['secrets'])) faults.push('secrets must be a list of names');
  for (const name of ['capabilities', 'configSchema']) {
    if (typeof found[name] !== 'object' || found[name] === null) faults.push(`${name} must be an object`);
  }
  if (faults.length > 0) throw new Error(faults.join('; '));
  const range = String(found['compatibility']);
  if (!isCompatible(range)) {
    throw new Error(
      `it was built for version ${range} of the plugin kit, and this is ${KIT_VERSION}: install a version of it that fits`,
    );
  }
  return declared as Plugin;
}

/** A CommonJS package that is loaded as a module nests its exports once more. */
function unwrapped(value: unknown): unknown {
  const inner = (value as { default?: unknown } | null | undefined)?.default;
  return inner ?? value;
}
