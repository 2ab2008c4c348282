import { Injectable } from '@nestjs/common';
import { Persistence, TenantRepository } from '../../persistence/index.js';
import { reasonCollection, type Reason } from './reason.schema.js';

@Injectable()
export class ReasonRepository extends TenantRepository<Reason> {
  constructor(persistence: Persistence) {
    super(persistence, reasonCollection);
  }
}
