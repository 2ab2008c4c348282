import { Injectable } from '@nestjs/common';
import { Persistence, TenantRepository } from '../../persistence/index.js';
import { carrierCollection, type Carrier } from './carrier.schema.js';

@Injectable()
export class CarrierRepository extends TenantRepository<Carrier> {
  constructor(persistence: Persistence) {
    super(persistence, carrierCollection);
  }
}
