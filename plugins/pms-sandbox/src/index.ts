export { plugin, plugin as default } from './pms-sandbox.plugin.js';
export type { SandboxConfig, SandboxFaults } from './config.js';
export { setFaults } from './faults.js';
export { frontDesk, type FrontDesk } from './front-desk.js';
export type { SandboxList, SandboxLists } from './seed/lists.js';
export { signWebhook, webhookBody } from './webhooks.js';
