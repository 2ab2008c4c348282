import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, Problem, type Clock, type TenantScope } from '../../kernel/index.js';
import type { Filter, Tx } from '../../persistence/index.js';
import { AppointmentRepository } from './appointment.repository.js';
import type { Appointment } from './appointment.schema.js';
import { MOVABLE } from './lifecycle.js';

/** Keeps one patient from filling the book: so many visits to come, requests included, can be booked online. */
@Injectable()
export class UpcomingVisits {
  constructor(
    private readonly appointments: AppointmentRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * `policy_refused` when `more` visits are too many for the patient; `most` null: any number. Who books online writes the
   * patient's record in the same transaction before: two bookings at once for one patient do not both count the same.
   */
  async assertRoom(scope: TenantScope, tx: Tx, patientId: string, most: number | null, more = 1): Promise<void> {
    if (most === null) return;
    const open = { patientId, start: { $gte: this.clock.now() }, status: { $in: MOVABLE } } as Filter<Appointment>;
    if ((await this.appointments.forTenant(scope, tx).count(open)) + more <= most) return;
    throw new Problem(
      'policy_refused',
      `A patient can have ${most} visits to come when booking online. Cancel one that is not needed, or call the practice.`,
    );
  }
}
