export { plugin, plugin as default } from './pms-nexhealth.plugin.js';
export type { NexHealthConfig } from './config.js';
