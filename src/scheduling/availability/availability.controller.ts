import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, Tenant } from '../../http/index.js';
import { formatInstant, type TenantScope } from '../../kernel/index.js';
import { AppointmentRepository } from '../appointments/appointment.repository.js';
import { AvailabilityQuery, SlotDaysView } from './availability.dto.js';
import { Availability, slotView, type SlotDays } from './availability.service.js';

@ApiTags('availability')
@Controller('v1/availability')
export class AvailabilityController {
  constructor(
    private readonly availability: Availability,
    private readonly appointments: AppointmentRepository,
  ) {}

  @Get()
  @Allow('schedule:read')
  @ApiOperation({ operationId: 'searchAvailability', summary: 'Times that can be booked for a reason' })
  @ApiOkResponse({ type: SlotDaysView })
  async search(@Tenant() scope: TenantScope, @Query() query: AvailabilityQuery): Promise<SlotDaysView> {
    const { rescheduleOf, ...rest } = query;
    if (rescheduleOf) await this.appointments.forTenant(scope).getById(rescheduleOf, 'appointment');
    return slotDaysView(await this.availability.search(scope, { ...rest, ignoreRef: rescheduleOf }));
  }
}

/** The public form of a search's result. */
export function slotDaysView({ days, nextAvailable, asOf }: SlotDays): SlotDaysView {
  return {
    days: days.map(({ date, slots }) => ({ date, slots: slots.map(slotView) })),
    nextAvailable: nextAvailable && slotView(nextAvailable),
    asOf: formatInstant(asOf),
  };
}
