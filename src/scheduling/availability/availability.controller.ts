import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, Tenant } from '../../http/index.js';
import type { TenantScope } from '../../kernel/index.js';
import { AppointmentRepository } from '../appointments/appointment.repository.js';
import {
  AvailabilityQuery,
  DayCountsQuery,
  DayCountsView,
  NextQuery,
  NextView,
  SlotDaysView,
} from './availability.dto.js';
import { Availability } from './availability.service.js';
import { wide } from './query.js';
import { SlotSearch } from './search.dto.js';
import { freshnessView, slotDaysView, slotView } from './slot-view.js';

@ApiTags('availability')
@Controller('v1/availability')
export class AvailabilityController {
  constructor(
    private readonly availability: Availability,
    private readonly appointments: AppointmentRepository,
  ) {}

  @Get()
  @Allow('schedule:read')
  @ApiOperation({ summary: 'Times that can be booked for a reason' })
  @ApiOkResponse({ type: SlotDaysView })
  async search(@Tenant() scope: TenantScope, @Query() query: AvailabilityQuery): Promise<SlotDaysView> {
    const { rescheduleOf, ...rest } = query;
    const ignoreRef = await this.moved(scope, rescheduleOf);
    return slotDaysView(await this.availability.search(scope, { ...rest, ignoreRef }));
  }

  @Post('search')
  @HttpCode(200)
  @Allow('schedule:read')
  @ApiOperation({ summary: 'Times for several reasons, providers and locations at once, on wanted days and hours' })
  @ApiOkResponse({ type: SlotDaysView })
  async searchMany(@Tenant() scope: TenantScope, @Body() body: SlotSearch): Promise<SlotDaysView> {
    const { rescheduleOf, weekdays, times, ...rest } = body;
    const ignoreRef = await this.moved(scope, rescheduleOf);
    const wish = weekdays || times ? { weekdays, times } : undefined;
    return slotDaysView(await this.availability.searchMany(scope, { ...rest, wish, ignoreRef }));
  }

  @Get('next')
  @Allow('schedule:read')
  @ApiOperation({ summary: 'The first time that can be booked within 180 days' })
  @ApiOkResponse({ type: NextView })
  async next(@Tenant() scope: TenantScope, @Query() query: NextQuery): Promise<NextView> {
    const { rescheduleOf, ...rest } = query;
    const ignoreRef = await this.moved(scope, rescheduleOf);
    const { nextAvailable, ...fresh } = await this.availability.next(scope, wide({ ...rest, ignoreRef }));
    return { nextAvailable: nextAvailable && slotView(nextAvailable), ...freshnessView(fresh) };
  }

  @Get('days')
  @Allow('schedule:read')
  @ApiOperation({ summary: 'How many times each day has, for a calendar of one or two months' })
  @ApiOkResponse({ type: DayCountsView })
  async days(@Tenant() scope: TenantScope, @Query() query: DayCountsQuery): Promise<DayCountsView> {
    const { days, ...fresh } = await this.availability.counts(scope, wide(query));
    return { days, ...freshnessView(fresh) };
  }

  /** The ref whose time counts as free; `not_found` for an appointment that is not here. */
  private async moved(scope: TenantScope, appointmentId: string | undefined): Promise<string | undefined> {
    if (!appointmentId) return undefined;
    return (await this.appointments.forTenant(scope).getById(appointmentId, 'appointment'))._id;
  }
}
