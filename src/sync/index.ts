export { SyncModule } from './sync.module.js';
export { SyncSetup } from './sync-setup.js';
