import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Catalog } from '../../catalog/index.js';
import {
  Allow,
  Command,
  Commands,
  Member,
  TakesIdempotencyKey,
  Tenant,
  type CommandRequest,
  type MemberPrincipal,
} from '../../http/index.js';
import { within, type TenantScope } from '../../kernel/index.js';
import { Patients } from '../../patients/index.js';
import { Acknowledgements } from '../appointments/acknowledgements.js';
import { CancelAppointment } from '../appointments/appointments.dto.js';
import type { Asking } from '../appointments/booking.service.js';
import {
  AppointmentGroupView,
  appointmentGroupView,
  CreateAppointmentGroup,
  GroupParams,
} from './group-bookings.dto.js';
import { GroupBookings } from './group-bookings.js';

@ApiTags('appointments')
@Controller('v1/appointments/groups')
export class GroupBookingsController {
  constructor(
    private readonly bookings: GroupBookings,
    private readonly patients: Patients,
    private readonly catalog: Catalog,
    private readonly acknowledgements: Acknowledgements,
    private readonly commands: Commands,
  ) {}

  @Post()
  @Allow('schedule:write')
  @TakesIdempotencyKey()
  @ApiOperation({
    operationId: 'bookAppointmentGroup',
    summary: 'Book all slots of a group hold, for several patients or for one',
    description: 'All or none. Each visit is an appointment of its own and can be moved or cancelled alone afterwards.',
  })
  @ApiCreatedResponse({ type: AppointmentGroupView })
  async create(
    @Tenant() scope: TenantScope,
    @Member() member: MemberPrincipal,
    @Command() command: CommandRequest,
    @Body() { groupHoldId, visits }: CreateAppointmentGroup,
  ): Promise<AppointmentGroupView> {
    const bookedBy = member.credentialId;
    const open = async () => {
      const askings = await Promise.all(
        visits.map(async ({ patientId, patientType, referrerId }, place): Promise<Asking> => {
          await within(`/visits/${place}`, () => this.catalog.assertReferrer(scope, referrerId));
          const { dateOfBirth } = await within(`/visits/${place}/patientId`, () => this.patients.get(scope, patientId));
          return { dateOfBirth, patientType, channel: 'api' };
        }),
      );
      return this.bookings.open(scope, groupHoldId, bookedBy, askings);
    };
    const details = visits.map(({ patientId, note, referrerId }) => ({ patientId, note, referrerId, bookedBy }));
    return this.commands.runPrepared(
      scope,
      command,
      open,
      async (tx, opened) =>
        appointmentGroupView(await this.bookings.confirm(scope, tx, opened, () => Promise.resolve(details))),
      async (view) => {
        if (view.appointments.every(({ sync }) => sync.state !== 'pending')) return view;
        const shown = view.appointments.map((one) => this.acknowledgements.shown(scope, one));
        return { ...view, appointments: await Promise.all(shown) };
      },
    );
  }

  @Post(':groupId/cancel')
  @HttpCode(200)
  @Allow('schedule:write')
  @ApiOperation({
    operationId: 'cancelAppointmentGroup',
    summary: 'Cancel all visits of a group that are still to come; their times are free again',
  })
  @ApiOkResponse({ type: AppointmentGroupView })
  async cancel(
    @Tenant() scope: TenantScope,
    @Param() { groupId }: GroupParams,
    @Body() { reason }: CancelAppointment,
  ): Promise<AppointmentGroupView> {
    return appointmentGroupView(await this.bookings.cancel(scope, groupId, { channel: 'api', reason }));
  }
}
