import { Global, Module } from '@nestjs/common';
import { Migrator } from './migrate.js';
import { Persistence } from './persistence.js';
import { UnitOfWork } from './unit-of-work.js';

@Global()
@Module({ providers: [Persistence, UnitOfWork, Migrator], exports: [Persistence, UnitOfWork, Migrator] })
export class PersistenceModule {}
