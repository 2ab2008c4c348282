import { Body, Controller, Delete, HttpCode, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Catalog } from '../catalog/index.js';
import {
  Command,
  Commands,
  Id,
  TakesIdempotencyKey,
  Visitor,
  WidgetSession,
  type CommandRequest,
  type WidgetPrincipal,
} from '../http/index.js';
import { PatientMatch } from '../patients/index.js';
import type { Tx } from '../persistence/index.js';
import { Bookings, CreateHold, Holds, HoldView, holdView, parseSlotId, type OpenedVisit } from '../scheduling/index.js';
import { Locations } from '../tenants/index.js';
import { BookingFacts } from './booking-facts.js';
import { BookingView, CreateBooking } from './dto/booking.dto.js';
import { consentsOf, personOf } from './visitor-person.js';
import { VisitViews } from './visit-view.js';

class WidgetHoldParams {
  @Id('hold')
  holdId!: string;
}

/** From a chosen time to a booked visit. */
@ApiTags('widget')
@WidgetSession()
@Controller('v1/widget')
export class WidgetBookingsController {
  constructor(
    private readonly holds: Holds,
    private readonly bookings: Bookings,
    private readonly match: PatientMatch,
    private readonly facts: BookingFacts,
    private readonly catalog: Catalog,
    private readonly locations: Locations,
    private readonly views: VisitViews,
    private readonly commands: Commands,
  ) {}

  @Post('holds')
  @TakesIdempotencyKey()
  @ApiOperation({
    summary: 'Take a time while the form is filled in',
    description: '409 `slot_taken` carries three alternatives. A session has one hold at a time.',
  })
  @ApiCreatedResponse({ type: HoldView })
  async hold(
    @Visitor() { tenant, sessionId }: WidgetPrincipal,
    @Command() command: CommandRequest,
    @Body() body: CreateHold,
  ): Promise<HoldView> {
    const hold = await this.holds.place(
      tenant,
      { id: sessionId, visitor: true },
      parseSlotId(body.slotId),
      body.patientType ?? null,
      command,
    );
    return holdView(hold, (await this.locations.get(tenant, hold.locationId)).zone);
  }

  @Delete('holds/:holdId')
  @HttpCode(204)
  @ApiOperation({ operationId: 'releaseWidgetHold', summary: 'Give the time back' })
  @ApiNoContentResponse()
  async release(
    @Visitor() { tenant, sessionId }: WidgetPrincipal,
    @Param() { holdId }: WidgetHoldParams,
  ): Promise<void> {
    await this.holds.release(tenant, { id: sessionId, visitor: true }, holdId);
  }

  @Post('bookings')
  @TakesIdempotencyKey()
  @ApiOperation({
    summary: 'Book the held time',
    description:
      'Where a practice system takes the booking, its word is waited for, for 4 seconds at most: see `sync`. The booking stands in any case; a conflict is settled with the patient or by the practice.',
  })
  @ApiCreatedResponse({ type: BookingView })
  async book(
    @Visitor() { tenant, sessionId }: WidgetPrincipal,
    @Command() command: CommandRequest,
    @Body() body: CreateBooking,
  ): Promise<BookingView> {
    const [insurance, attribution] = await Promise.all([
      this.facts.insurance(tenant, body.insurance),
      this.facts.attribution(tenant, sessionId),
    ]);
    await this.catalog.assertReferrer(tenant, body.referrerId);
    const { patientType, note, referrerId } = body;
    const open = () =>
      this.bookings.openHold(tenant, body.holdId, sessionId, {
        patientType,
        dateOfBirth: body.patient.dateOfBirth,
        channel: 'widget',
      });
    const book = async (tx: Tx, opened: OpenedVisit) => {
      const appointment = await this.bookings.confirm(tenant, tx, opened, async () => {
        const visitor = personOf(body.patient, patientType, sessionId, consentsOf(body.consent));
        const { patient } = await this.match.findOrCreate(tenant, tx, visitor);
        return {
          patientId: patient._id,
          bookedBy: sessionId,
          insurance,
          note,
          referrerId,
          attribution,
        };
      });
      return this.views.booked(tenant, tx, appointment);
    };
    return this.commands.runPrepared(tenant, command, open, book, (view) => this.views.acknowledged(tenant, view));
  }
}
