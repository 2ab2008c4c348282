import { Body, Controller, Get, Header, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CalendarDate, Int, Public, QueryNumber } from '../http/index.js';
import { PatientLinks } from '../identity/index.js';
import { notFound, Problem, type TenantScope } from '../kernel/index.js';
import {
  Appointments,
  Availability,
  CancelAppointment,
  parseSlotId,
  SlotDaysView,
  slotDaysView,
  type Appointment,
} from '../scheduling/index.js';
import { ManagedVisitView, VisitParams, VisitReschedule } from './dto/booking.dto.js';
import { VisitViews } from './visit-view.js';

class VisitSlotsQuery {
  @CalendarDate({ optional: true })
  from?: string;

  @QueryNumber()
  @Int({ min: 1, max: 31, optional: true, default: 7 })
  days: number = 7;
}

/** One visit by its link. Public: the token of the link is the credential, and it opens nothing but this visit. */
@ApiTags('widget')
@Public()
@Controller('v1/widget/visits/:linkToken')
export class WidgetVisitsController {
  constructor(
    private readonly links: PatientLinks,
    private readonly appointments: Appointments,
    private readonly availability: Availability,
    private readonly views: VisitViews,
  ) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'The visit of a link' })
  @ApiOkResponse({ type: ManagedVisitView })
  async get(@Param() params: VisitParams): Promise<ManagedVisitView> {
    const { scope, appointment } = await this.visit(params);
    return this.views.managed(scope, appointment);
  }

  @Get('slots')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Times to which the visit can be moved' })
  @ApiOkResponse({ type: SlotDaysView })
  async slots(@Param() params: VisitParams, @Query() query: VisitSlotsQuery): Promise<SlotDaysView> {
    const { scope, appointment } = await this.visit(params);
    const { _id, reasonId } = appointment;
    return slotDaysView(await this.availability.search(scope, { ...query, reasonId, ignoreRef: _id }));
  }

  @Post('confirm')
  @HttpCode(200)
  @ApiOperation({ summary: 'The patient will come' })
  @ApiOkResponse({ type: ManagedVisitView })
  async confirm(@Param() params: VisitParams): Promise<ManagedVisitView> {
    const { scope, appointment } = await this.visit(params);
    return this.views.managed(
      scope,
      await this.appointments.act(scope, appointment._id, 'confirm', { channel: 'link' }),
    );
  }

  @Post('cancel')
  @HttpCode(200)
  @ApiOperation({ summary: 'Cancel, while the practice lets patients do so' })
  @ApiOkResponse({ type: ManagedVisitView })
  async cancel(@Param() params: VisitParams, @Body() body: CancelAppointment): Promise<ManagedVisitView> {
    const { scope, appointment } = await this.visit(params);
    if (!(await this.views.of(scope, appointment)).canCancel) throw tooLate();
    return this.views.managed(
      scope,
      await this.appointments.act(scope, appointment._id, 'cancel', { channel: 'link', reason: body.reason }),
    );
  }

  @Post('reschedule')
  @HttpCode(200)
  @ApiOperation({ summary: 'Move to another time, while the practice lets patients do so' })
  @ApiOkResponse({ type: ManagedVisitView })
  async reschedule(@Param() params: VisitParams, @Body() body: VisitReschedule): Promise<ManagedVisitView> {
    const { scope, appointment } = await this.visit(params);
    if (!(await this.views.of(scope, appointment)).canReschedule) throw tooLate();
    return this.views.managed(
      scope,
      await this.appointments.reschedule(scope, appointment._id, parseSlotId(body.slotId), { channel: 'link' }),
    );
  }

  private async visit({ linkToken }: VisitParams): Promise<{ scope: TenantScope; appointment: Appointment }> {
    const link = await this.links.resolve(linkToken);
    if (!link) throw notFound('visit');
    return { scope: link.scope, appointment: await this.appointments.get(link.scope, link.appointmentId) };
  }
}

function tooLate(): Problem {
  return new Problem('policy_refused', 'This visit cannot be changed online any more. Call the practice.');
}
