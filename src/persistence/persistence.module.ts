import { Global, Module } from '@nestjs/common';
import { Locks } from './locks.js';
import { Migrator } from './migrate.js';
import { Persistence } from './persistence.js';
import { UnitOfWork } from './unit-of-work.js';

@Global()
@Module({ providers: [Locks, Persistence, UnitOfWork, Migrator], exports: [Locks, Persistence, UnitOfWork, Migrator] })
export class PersistenceModule {}
