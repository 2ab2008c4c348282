export { plugin, plugin as default } from './pms-opendental.plugin.js';
export type { OpenDentalConfig } from './config.js';
