import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Catalog } from '../../catalog/index.js';
import {
  Allow,
  Command,
  Commands,
  IfMatch,
  mapPage,
  Member,
  PageOf,
  TakesIdempotencyKey,
  Tenant,
  withEtag,
  type CommandRequest,
  type MemberPrincipal,
} from '../../http/index.js';
import { invalid, type TenantScope } from '../../kernel/index.js';
import { Patients } from '../../patients/index.js';
import { parseSlotId } from '../availability/slot-id.js';
import {
  AppointmentParams,
  AppointmentQuery,
  AppointmentView,
  appointmentView,
  CancelAppointment,
  CreateAppointment,
  ReasonGiven,
  RescheduleAppointment,
} from './appointments.dto.js';
import { Acknowledgements } from './acknowledgements.js';
import { Appointments } from './appointments.service.js';
import { Bookings } from './booking.service.js';
import type { Action } from './lifecycle.js';

@ApiTags('appointments')
@Controller('v1/appointments')
export class AppointmentsController {
  constructor(
    private readonly appointments: Appointments,
    private readonly bookings: Bookings,
    private readonly acknowledgements: Acknowledgements,
    private readonly patients: Patients,
    private readonly catalog: Catalog,
    private readonly commands: Commands,
  ) {}

  @Get()
  @Allow('schedule:read')
  @ApiOperation({ summary: 'Appointments, by start' })
  @PageOf(AppointmentView)
  async list(@Tenant() scope: TenantScope, @Query() query: AppointmentQuery) {
    const { limit, cursor, sort, from, to, ...filter } = query;
    const range = { from: from && Date.parse(from), to: to && Date.parse(to) };
    const page = await this.appointments.page(
      scope,
      { ...filter, from: range.from || undefined, to: range.to || undefined },
      { limit, cursor, sort },
    );
    return mapPage(page, appointmentView);
  }

  @Get(':appointmentId')
  @Allow('schedule:read')
  @ApiOperation({ summary: 'One appointment with its history' })
  @ApiOkResponse({ type: AppointmentView })
  async get(
    @Tenant() scope: TenantScope,
    @Param() { appointmentId }: AppointmentParams,
    @Res({ passthrough: true }) response: Response,
  ) {
    return withEtag(response, appointmentView(await this.appointments.get(scope, appointmentId)));
  }

  @Post()
  @Allow('schedule:write')
  @TakesIdempotencyKey()
  @ApiOperation({
    operationId: 'bookAppointment',
    summary: 'Book for a patient of the practice',
    description:
      'Staff is bound neither by notice nor horizon, but never books a taken time: 409 `slot_taken`. Where a practice system takes the booking, its word is waited for, for 4 seconds at most: `sync` is then `written`, `conflict` with alternatives, or `pending`.',
  })
  @ApiCreatedResponse({ type: AppointmentView })
  async create(
    @Tenant() scope: TenantScope,
    @Member() member: MemberPrincipal,
    @Command() command: CommandRequest,
    @Body() body: CreateAppointment,
  ): Promise<AppointmentView> {
    const { slotId, holdId } = body;
    if ((slotId === undefined) === (holdId === undefined))
      throw invalid('/slotId', 'one_of', 'Give slotId or holdId, and not both.');
    const [{ dateOfBirth }] = await Promise.all([
      this.patients.get(scope, body.patientId),
      this.catalog.assertReferrer(scope, body.referrerId),
    ]);
    const { patientId, patientType, note, referrerId } = body;
    const asking = { patientType, dateOfBirth, channel: 'api' as const };
    const bookedBy = member.credentialId;
    return this.commands.runPrepared(
      scope,
      command,
      () =>
        slotId === undefined
          ? this.bookings.openHold(scope, holdId as string, bookedBy, asking)
          : this.bookings.openTime(scope, parseSlotId(slotId), asking),
      async (tx, opened) =>
        appointmentView(
          await this.bookings.confirm(scope, tx, opened, () =>
            Promise.resolve({ patientId, note, referrerId, bookedBy }),
          ),
        ),
      (view) => this.acknowledgements.shown(scope, view),
    );
  }

  @Post(':appointmentId/reschedule')
  @HttpCode(200)
  @Allow('schedule:write')
  @ApiOperation({ summary: 'Move to another time; the old one is given up only when the new one is had' })
  @ApiOkResponse({ type: AppointmentView })
  async reschedule(
    @Tenant() scope: TenantScope,
    @Param() { appointmentId }: AppointmentParams,
    @Body() body: RescheduleAppointment,
    @IfMatch() ifVersion: number | undefined,
  ): Promise<AppointmentView> {
    const options = { channel: 'api' as const, reason: body.reason, ifVersion };
    return appointmentView(await this.appointments.reschedule(scope, appointmentId, parseSlotId(body.slotId), options));
  }

  @Post(':appointmentId/approve')
  @HttpCode(200)
  @Allow('schedule:write')
  @ApiOperation({ summary: 'Accept a request' })
  @ApiOkResponse({ type: AppointmentView })
  approve(@Tenant() scope: TenantScope, @Param() params: AppointmentParams, @IfMatch() ifVersion: number | undefined) {
    return this.act(scope, params, 'approve', undefined, ifVersion);
  }

  @Post(':appointmentId/decline')
  @HttpCode(200)
  @Allow('schedule:write')
  @ApiOperation({ summary: 'Decline a request; its time is free again' })
  @ApiOkResponse({ type: AppointmentView })
  decline(
    @Tenant() scope: TenantScope,
    @Param() params: AppointmentParams,
    @Body() body: ReasonGiven,
    @IfMatch() ifVersion: number | undefined,
  ) {
    return this.act(scope, params, 'decline', body.reason, ifVersion);
  }

  @Post(':appointmentId/confirm')
  @HttpCode(200)
  @Allow('schedule:write')
  @ApiOperation({ summary: 'The practice confirms' })
  @ApiOkResponse({ type: AppointmentView })
  confirm(@Tenant() scope: TenantScope, @Param() params: AppointmentParams, @IfMatch() ifVersion: number | undefined) {
    return this.act(scope, params, 'confirm', undefined, ifVersion);
  }

  @Post(':appointmentId/arrive')
  @HttpCode(200)
  @Allow('schedule:write')
  @ApiOperation({ summary: 'The patient is in the house' })
  @ApiOkResponse({ type: AppointmentView })
  arrive(@Tenant() scope: TenantScope, @Param() params: AppointmentParams, @IfMatch() ifVersion: number | undefined) {
    return this.act(scope, params, 'arrive', undefined, ifVersion);
  }

  @Post(':appointmentId/seat')
  @HttpCode(200)
  @Allow('schedule:write')
  @ApiOperation({ summary: 'The patient is in the chair' })
  @ApiOkResponse({ type: AppointmentView })
  seat(@Tenant() scope: TenantScope, @Param() params: AppointmentParams, @IfMatch() ifVersion: number | undefined) {
    return this.act(scope, params, 'seat', undefined, ifVersion);
  }

  @Post(':appointmentId/complete')
  @HttpCode(200)
  @Allow('schedule:write')
  @ApiOperation({ summary: 'The visit is over' })
  @ApiOkResponse({ type: AppointmentView })
  complete(@Tenant() scope: TenantScope, @Param() params: AppointmentParams, @IfMatch() ifVersion: number | undefined) {
    return this.act(scope, params, 'complete', undefined, ifVersion);
  }

  @Post(':appointmentId/cancel')
  @HttpCode(200)
  @Allow('schedule:write')
  @ApiOperation({ summary: 'Cancel; the time is free again' })
  @ApiOkResponse({ type: AppointmentView })
  cancel(
    @Tenant() scope: TenantScope,
    @Param() params: AppointmentParams,
    @Body() body: CancelAppointment,
    @IfMatch() ifVersion: number | undefined,
  ) {
    return this.act(scope, params, 'cancel', body.reason, ifVersion);
  }

  @Post(':appointmentId/no-show')
  @HttpCode(200)
  @Allow('schedule:write')
  @ApiOperation({ operationId: 'markAppointmentNoShow', summary: 'The patient did not come' })
  @ApiOkResponse({ type: AppointmentView })
  noShow(@Tenant() scope: TenantScope, @Param() params: AppointmentParams, @IfMatch() ifVersion: number | undefined) {
    return this.act(scope, params, 'no_show', undefined, ifVersion);
  }

  private async act(
    scope: TenantScope,
    params: AppointmentParams,
    action: Action,
    reason: string | undefined,
    ifVersion: number | undefined,
  ) {
    return appointmentView(
      await this.appointments.act(scope, params.appointmentId, action, { channel: 'api', reason, ifVersion }),
    );
  }
}
