import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/index.js';
import { SyncModule } from '../sync/index.js';
import { DemoBook } from './demo-book.js';
import { DemoSeed } from './demo-seed.js';

@Module({ imports: [CatalogModule, SyncModule], providers: [DemoBook, DemoSeed] })
export class DemoModule {}
