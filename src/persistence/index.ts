export {
  anyShape,
  defineCollection,
  sealed,
  type AgencyDocument,
  type BaseDocument,
  type CollectionDefinition,
  type TenantDocument,
} from './collection.js';
export { isDuplicateKey, isUnavailable, repeatTransaction } from './errors.js';
export { Locks } from './locks.js';
export { Migrator } from './migrate.js';
export { Persistence } from './persistence.js';
export { PersistenceModule } from './persistence.module.js';
export { AgencyRepository, PlatformRepository, SharedRepository, TenantRepository } from './repository.js';
export type {
  EachChange,
  Filter,
  FindOptions,
  Fresh,
  Page,
  PageRequest,
  ScopedCollection,
  Update,
} from './scoped-collection.js';
export type { SystemCollection } from './system-collection.js';
export { UnitOfWork, type Tx } from './unit-of-work.js';
