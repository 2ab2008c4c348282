import type { FactoryProvider } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/index.js';
import { CHECKOUT, loadPlugins } from './plugin-loader.js';
import { PluginRegistry } from './plugin-registry.js';

/** Reads the plugins while the application starts: one that does not fit stops the boot. */
export const pluginRegistryProvider: FactoryProvider<PluginRegistry> = {
  provide: PluginRegistry,
  inject: [CONFIG],
  useFactory: (config: Config) => new PluginRegistry(loadPlugins(CHECKOUT, config.PLUGINS)),
};
