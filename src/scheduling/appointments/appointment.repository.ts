import { Injectable } from '@nestjs/common';
import { Persistence, TenantRepository } from '../../persistence/index.js';
import { appointmentCollection, type Appointment } from './appointment.schema.js';

@Injectable()
export class AppointmentRepository extends TenantRepository<Appointment> {
  constructor(persistence: Persistence) {
    super(persistence, appointmentCollection);
  }
}
