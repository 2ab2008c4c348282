import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/index.js';
import { DemoSeed } from './demo-seed.js';

@Module({ imports: [CatalogModule], providers: [DemoSeed] })
export class DemoModule {}
