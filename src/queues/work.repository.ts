import { Injectable } from '@nestjs/common';
import { Persistence, TenantRepository } from '../persistence/index.js';
import { workCollection, type WorkRow } from './work.schema.js';

@Injectable()
export class WorkRepository extends TenantRepository<WorkRow> {
  constructor(persistence: Persistence) {
    super(persistence, workCollection);
  }
}
