import { Injectable } from '@nestjs/common';
import { Persistence, TenantRepository } from '../persistence/index.js';
import { patientCollection, type Patient } from './patient.schema.js';

@Injectable()
export class PatientRepository extends TenantRepository<Patient> {
  constructor(persistence: Persistence) {
    super(persistence, patientCollection);
  }
}
