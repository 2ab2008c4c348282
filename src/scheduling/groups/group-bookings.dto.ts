import { OmitType } from '@nestjs/swagger';
import { Id, NestedList } from '../../http/index.js';
import { AppointmentView, appointmentView, CreateAppointment } from '../appointments/appointments.dto.js';
import type { BookedGroup } from './group-bookings.js';
import { MOST_IN_SERIES } from './search.dto.js';

class GroupVisit extends OmitType(CreateAppointment, ['slotId', 'holdId']) {}

export class CreateAppointmentGroup {
  @Id('groupHold', { description: 'A group hold of your own' })
  groupHoldId!: string;

  @NestedList(() => GroupVisit, {
    ...{ minItems: 1, maxItems: MOST_IN_SERIES },
    description: 'Who comes to each of the visits that are held, in their order; one alone comes to all of them',
  })
  visits!: GroupVisit[];
}

export class GroupParams {
  @Id('visitGroup')
  groupId!: string;
}

/** Visits that were booked together. */
export class AppointmentGroupView {
  @Id('visitGroup')
  id!: string;

  @NestedList(() => AppointmentView, { maxItems: MOST_IN_SERIES })
  appointments!: AppointmentView[];
}

export function appointmentGroupView({ id, appointments }: BookedGroup): AppointmentGroupView {
  return { id, appointments: appointments.map(appointmentView) };
}
