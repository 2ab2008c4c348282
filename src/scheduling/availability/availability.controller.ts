import { Body, Controller, Get, HttpCode, Post, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Allow, sendJson, Tenant } from '../../http/index.js';
import { invalid, timeInAnswer, zoneId, type TenantScope } from '../../kernel/index.js';
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
import { DryRun, DryRunView, type SlotChangeView } from './dry-run.dto.js';
import { DryRuns } from './dry-run.service.js';
import { ExplainQuery, ExplainView } from './explain.dto.js';
import { Explanations } from './explain.service.js';
import { wide, type Slot } from './query.js';
import { SlotSearch } from './search.dto.js';
import { freshnessView, slotView } from './slot-view.js';

@ApiTags('availability')
@Controller('v1/availability')
export class AvailabilityController {
  constructor(
    private readonly availability: Availability,
    private readonly explanations: Explanations,
    private readonly dryRuns: DryRuns,
    private readonly appointments: AppointmentRepository,
  ) {}

  @Get()
  @Allow('schedule:read')
  @ApiOperation({ summary: 'Times that can be booked for a reason' })
  @ApiOkResponse({ type: SlotDaysView })
  async search(
    @Tenant() scope: TenantScope,
    @Query() query: AvailabilityQuery,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { rescheduleOf, ...rest } = query;
    const ignoreRef = await this.moved(scope, rescheduleOf);
    sendJson(request, response, await this.availability.answer(scope, wide({ ...rest, ignoreRef })));
  }

  @Post('search')
  @HttpCode(200)
  @Allow('schedule:read')
  @ApiOperation({ summary: 'Times for several reasons, providers and locations at once, on wanted days and hours' })
  @ApiOkResponse({ type: SlotDaysView })
  async searchMany(
    @Tenant() scope: TenantScope,
    @Body() body: SlotSearch,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { rescheduleOf, weekdays, times, ...rest } = body;
    times?.forEach(({ start, end }, index) => {
      if (start >= end) throw invalid(`/times/${index}/end`, 'order', 'The hours end after they start.');
    });
    const ignoreRef = await this.moved(scope, rescheduleOf);
    const wish = weekdays || times ? { weekdays, times } : undefined;
    sendJson(request, response, await this.availability.answer(scope, { ...rest, wish, ignoreRef }));
  }

  @Get('next')
  @Allow('schedule:read')
  @ApiOperation({ operationId: 'getNextAvailability', summary: 'The first time that can be booked within 180 days' })
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

  @Get('explain')
  @Allow('schedule:read')
  @ApiOperation({
    operationId: 'explainAvailability',
    summary: 'Why a time is not offered: every rule that removed it, in words',
  })
  @ApiOkResponse({ type: ExplainView })
  async explain(@Tenant() scope: TenantScope, @Query() query: ExplainQuery): Promise<ExplainView> {
    const { rescheduleOf, start, ...rest } = query;
    const ignoreRef = await this.moved(scope, rescheduleOf);
    const instant = Date.parse(start);
    const { zone, findings } = await this.explanations.explain(scope, { ...rest, ignoreRef, start: instant });
    return { offered: findings.length === 0, time: timeInAnswer(zoneId(zone), instant), findings };
  }

  @Post('dry-run')
  @HttpCode(200)
  @Allow('schedule:read')
  @ApiOperation({
    summary: 'Which slots would appear or vanish with other hours, durations or buffers',
    description: 'Nothing is saved.',
  })
  @ApiOkResponse({ type: DryRunView })
  async dryRun(@Tenant() scope: TenantScope, @Body() body: DryRun): Promise<DryRunView> {
    const { days, ...totals } = await this.dryRuns.compare(scope, body);
    return {
      ...totals,
      days: days.map(({ appear, vanish, ...day }) => ({
        ...day,
        appear: appear.map(slotChangeView),
        vanish: vanish.map(slotChangeView),
      })),
    };
  }

  /** The ref whose time counts as free; `not_found` for an appointment that is not here. */
  private async moved(scope: TenantScope, appointmentId: string | undefined): Promise<string | undefined> {
    if (!appointmentId) return undefined;
    return (await this.appointments.forTenant(scope).getById(appointmentId, 'appointment'))._id;
  }
}

function slotChangeView({ zone, start, reasonId, providerId, locationId }: Slot): SlotChangeView {
  return { ...timeInAnswer(zoneId(zone), start), reasonId, providerId, locationId };
}
