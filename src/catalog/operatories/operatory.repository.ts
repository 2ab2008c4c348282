import { Injectable } from '@nestjs/common';
import { Persistence, TenantRepository } from '../../persistence/index.js';
import { operatoryCollection, type Operatory } from './operatory.schema.js';

@Injectable()
export class OperatoryRepository extends TenantRepository<Operatory> {
  constructor(persistence: Persistence) {
    super(persistence, operatoryCollection);
  }
}
