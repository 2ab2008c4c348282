import { Module } from '@nestjs/common';
import { Families } from './families.js';
import { FamiliesController } from './families.controller.js';
import { FamilyRepository } from './family.repository.js';
import { PatientErasure } from './patient-erasure.js';
import { PatientMatch } from './patient-match.js';
import { PatientRepository } from './patient.repository.js';
import { Patients } from './patients.js';
import { PatientsController } from './patients.controller.js';

@Module({
  controllers: [PatientsController, FamiliesController],
  providers: [Patients, PatientErasure, PatientMatch, Families, PatientRepository, FamilyRepository],
  exports: [Patients, PatientErasure, PatientMatch, Families],
})
export class PatientsModule {}
