export { plugin, plugin as default, type ConsoleConfig } from './notify-console.plugin.js';
