import { Inject, Injectable } from '@nestjs/common';
import { LOG, type Log } from '../../config/index.js';
import type { TenantScope } from '../../kernel/index.js';
import { AppointmentRepository } from './appointment.repository.js';
import type { Appointment } from './appointment.schema.js';
import { appointmentView, type AppointmentView } from './appointments.dto.js';
import { PmsAnswers } from './pms-gate.js';

/** `instant`: who has just booked learns what the practice system made of it, when it says so in time. */
@Injectable()
export class Acknowledgements {
  constructor(
    private readonly answers: PmsAnswers,
    private readonly appointments: AppointmentRepository,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** The appointment as it is after the wait; null when it cannot be read now. The booking stands whatever happens here. */
  async of(scope: TenantScope, appointmentId: string): Promise<Appointment | null> {
    try {
      await this.answers.ask(scope, appointmentId);
      return await this.appointments.forTenant(scope).findById(appointmentId);
    } catch (error) {
      this.log.warn({ appointmentId, err: error }, 'a booking was not followed to the practice system; it converges');
      return null;
    }
  }

  /** The public form of a booking that was just made, with what has come of it. */
  async shown(scope: TenantScope, view: AppointmentView): Promise<AppointmentView> {
    if (view.sync.state !== 'pending') return view;
    const appointment = await this.of(scope, view.id);
    return appointment ? appointmentView(appointment) : view;
  }
}
