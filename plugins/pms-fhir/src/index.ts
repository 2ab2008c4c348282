export { plugin, plugin as default } from './pms-fhir.plugin.js';
export type { FhirConfig } from './config.js';
