import { Injectable } from '@nestjs/common';
import { Persistence, TenantRepository } from '../../persistence/index.js';
import { insuranceSettingsCollection, type InsuranceSettings } from './insurance-settings.schema.js';

@Injectable()
export class InsuranceSettingsRepository extends TenantRepository<InsuranceSettings> {
  constructor(persistence: Persistence) {
    super(persistence, insuranceSettingsCollection);
  }
}
