import { Injectable } from '@nestjs/common';
import { Persistence, TenantRepository } from '../../persistence/index.js';
import { providerCollection, type Provider } from './provider.schema.js';

@Injectable()
export class ProviderRepository extends TenantRepository<Provider> {
  constructor(persistence: Persistence) {
    super(persistence, providerCollection);
  }
}
