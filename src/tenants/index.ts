export { Agencies } from './agencies/agencies.service.js';
export type { Location } from './locations/location.schema.js';
export { LocationGuards, Locations, type NewLocation } from './locations/locations.service.js';
export type { Practice } from './practices/practice.schema.js';
export { Practices } from './practices/practices.service.js';
export { layered, type PracticeSettings, type SettingsPatch } from './settings/practice-settings.js';
export { Settings } from './settings/settings.service.js';
export { SetupSteps, type SetupStep } from './setup/setup.js';
export { TenantsModule } from './tenants.module.js';
