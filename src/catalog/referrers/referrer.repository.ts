import { Injectable } from '@nestjs/common';
import { Persistence, TenantRepository } from '../../persistence/index.js';
import { referrerCollection, type Referrer } from './referrer.schema.js';

@Injectable()
export class ReferrerRepository extends TenantRepository<Referrer> {
  constructor(persistence: Persistence) {
    super(persistence, referrerCollection);
  }
}
