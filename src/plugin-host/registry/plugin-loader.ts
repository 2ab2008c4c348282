import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import type { Plugin } from '@openchair/plugin-kit';
import { ConfigError } from '../../config/index.js';
import { pluginOf } from './plugin-shape.js';

/** The checkout: two floors above this room, both from src/ and from dist/. */
export const CHECKOUT = resolve(__dirname, '..', '..', '..');

/** A plugin that cannot run here; stops the boot, with its name and the reason (law 10). */
export class PluginRefused extends ConfigError {
  constructor(name: string, reason: string) {
    super(`The plugin ${name} cannot be loaded: ${reason}.`);
  }
}

/**
 * Loads the plugins of `root`/plugins (packages that say `"openchair": {"plugin": true}`) and those named in PLUGINS: package
 * names, or directories that begin with `.` or `/`. Throws {@link PluginRefused} for the first one that does not fit.
 */
export function loadPlugins(root: string, configured: string): Plugin[] {
  const load = createRequire(join(root, 'package.json'));
  const named = configured
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .map((name) => (name.startsWith('.') || isAbsolute(name) ? resolve(name) : name));
  const plugins = new Map<string, { plugin: Plugin; from: string }>();
  for (const from of new Set([...packagesIn(join(root, 'plugins')), ...named])) {
    const plugin = loadOne(load, from);
    const known = plugins.get(plugin.id);
    if (known) throw new PluginRefused(plugin.id, `${known.from} and ${from} both declare this id`);
    plugins.set(plugin.id, { plugin, from });
  }
  return [...plugins.values()].map(({ plugin }) => plugin);
}

function packagesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name))
    .filter(isPlugin)
    .sort();
}

function isPlugin(directory: string): boolean {
  const manifest = join(directory, 'package.json');
  if (!existsSync(manifest)) return false;
  const { openchair } = JSON.parse(readFileSync(manifest, 'utf8')) as { openchair?: { plugin?: unknown } };
  return openchair?.plugin === true;
}

function loadOne(load: NodeJS.Require, from: string): Plugin {
  try {
    return pluginOf(load(from));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason =
      code === 'MODULE_NOT_FOUND'
        ? 'its package or a part of it is not there (install it; if it is one of plugins/, run npm run build)'
        : (message.split('\n')[0] ?? 'it threw while loading');
    throw new PluginRefused(from, reason);
  }
}
