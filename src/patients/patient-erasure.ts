import { Injectable } from '@nestjs/common';
import { Followers, type TenantScope } from '../kernel/index.js';
import type { Tx } from '../persistence/index.js';
import type { Patient } from './patient.schema.js';

/** Rooms above that hold something of patients: they are told of each who is erased, as the record was before. */
@Injectable()
export class PatientErasure extends Followers<[scope: TenantScope, patient: Patient, tx: Tx]> {}
