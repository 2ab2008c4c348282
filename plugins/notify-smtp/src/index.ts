export { plugin, plugin as default } from './notify-smtp.plugin.js';
export type { SmtpConfig } from './config.js';
