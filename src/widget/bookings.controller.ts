import { Body, Controller, Delete, HttpCode, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Catalog, Insurance as InsuranceRules } from '../catalog/index.js';
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
import { WidgetSessions } from '../identity/index.js';
import { invalid, type TenantScope } from '../kernel/index.js';
import { PatientMatch } from '../patients/index.js';
import { Bookings, CreateHold, Holds, HoldView, holdView, parseSlotId, type Insurance } from '../scheduling/index.js';
import { Locations } from '../tenants/index.js';
import { BookingInsurance, BookingView, CreateBooking } from './dto/booking.dto.js';
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
    private readonly catalog: Catalog,
    private readonly insurance: InsuranceRules,
    private readonly locations: Locations,
    private readonly sessions: WidgetSessions,
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
  @ApiOperation({ summary: 'Book the held time' })
  @ApiCreatedResponse({ type: BookingView })
  async book(
    @Visitor() { tenant, sessionId }: WidgetPrincipal,
    @Command() command: CommandRequest,
    @Body() body: CreateBooking,
  ): Promise<BookingView> {
    const [insurance, attribution] = await Promise.all([
      this.insuranceOf(tenant, body.insurance),
      this.sessions.attribution(tenant, sessionId),
    ]);
    await this.assertReferrer(tenant, body.referrerId);
    const { patientType, note, referrerId } = body;
    const open = () =>
      this.bookings.openHold(tenant, body.holdId, sessionId, {
        patientType,
        dateOfBirth: body.patient.dateOfBirth,
        channel: 'widget',
      });
    return this.commands.runPrepared(tenant, command, open, async (tx, opened) => {
      const appointment = await this.bookings.confirm(tenant, tx, opened, async () => {
        const visitor = personOf(body.patient, patientType, sessionId, consentsOf(body.consent));
        const { patient } = await this.match.findOrCreate(tenant, tx, visitor);
        return {
          patientId: patient._id,
          bookedBy: sessionId,
          insurance,
          note,
          referrerId,
          attribution: attribution && { utm: attribution.utm, referrer: attribution.referrer, page: attribution.page },
        };
      });
      return this.views.booked(tenant, tx, appointment);
    });
  }

  /** What was given, checked against what the practice asks. */
  private async insuranceOf(tenant: TenantScope, given: BookingInsurance | undefined): Promise<Insurance | undefined> {
    if (!given) return undefined;
    const { carrierId, carrierName, answers, ...fields } = given;
    const asked = await this.insurance.check(tenant, { carrierId, carrierName });
    const missing = asked.requiredFields.find((field) => fields[field] === undefined);
    if (missing) throw invalid(`/insurance/${missing}`, 'required', `The practice needs ${missing}.`);
    const byId = new Map((answers ?? []).map(({ id, value }) => [id, value]));
    for (const [place, { id }] of (answers ?? []).entries()) {
      if (!asked.questions.some((question) => question.id === id))
        throw invalid(`/insurance/answers/${place}/id`, 'not_found', 'No question with this id is asked here.');
    }
    for (const { id, required, choices, type } of asked.questions) {
      const value = byId.get(id);
      if (required && value === undefined)
        throw invalid('/insurance/answers', 'required', `The practice needs an answer to ${id}.`);
      const allowed = type === 'yes_no' ? ['yes', 'no'] : type === 'choice' ? choices : null;
      if (value !== undefined && allowed && !allowed.includes(value))
        throw invalid('/insurance/answers', 'choice', `The answer to ${id} is one of: ${allowed.join(', ')}.`);
    }
    return {
      ...fields,
      ...(carrierId ? { carrierId } : {}),
      ...(carrierName ? { carrierName } : {}),
      result: asked.result,
      answers: Object.fromEntries(byId),
    };
  }

  private async assertReferrer(tenant: TenantScope, referrerId: string | undefined): Promise<void> {
    if (referrerId === undefined) return;
    if (!(await this.catalog.snapshot(tenant)).referrerById.get(referrerId)?.active)
      throw invalid('/referrerId', 'not_found', 'No referrer with this id exists here.');
  }
}
