import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Catalog } from '../catalog/index.js';
import {
  Command,
  Commands,
  TakesIdempotencyKey,
  Visitor,
  WidgetSession,
  type CommandRequest,
  type WidgetPrincipal,
} from '../http/index.js';
import { invalid, localDateOf, within, type TenantScope } from '../kernel/index.js';
import type { VisitorPerson } from '../patients/index.js';
import type { Tx } from '../persistence/index.js';
import {
  CreateGroupHold,
  GroupBookings,
  GroupHoldParams,
  GroupHolds,
  GroupHoldView,
  groupHoldView,
  GroupSearch,
  OptionDaysView,
  optionDaysView,
  SearchGroups,
  SearchSeries,
  seriesQuery,
  type OpenedVisit,
} from '../scheduling/index.js';
import { BookingFacts } from './booking-facts.js';
import type { BookingView } from './dto/booking.dto.js';
import { CreateGroupBooking, GroupBookingView } from './dto/group.dto.js';
import { GroupVisitors } from './group-visitors.js';
import { consentsOf, personOf } from './visitor-person.js';
import { VisitViews } from './visit-view.js';

/** Several visits at once: a family's, or a series of one patient. */
@ApiTags('widget')
@WidgetSession()
@Controller('v1/widget')
export class WidgetGroupsController {
  constructor(
    private readonly search: GroupSearch,
    private readonly holds: GroupHolds,
    private readonly bookings: GroupBookings,
    private readonly visitors: GroupVisitors,
    private readonly facts: BookingFacts,
    private readonly catalog: Catalog,
    private readonly views: VisitViews,
    private readonly commands: Commands,
  ) {}

  @Post('group-slots')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'searchWidgetGroups',
    summary: 'Times for several patients who come together, in parallel chairs or one after the other',
  })
  @ApiOkResponse({ type: OptionDaysView })
  async groups(@Visitor() { tenant }: WidgetPrincipal, @Body() body: SearchGroups): Promise<OptionDaysView> {
    return optionDaysView(await this.search.groups(tenant, body));
  }

  @Post('series-slots')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'searchWidgetSeries',
    summary: 'Times for several visits of one patient with days between them',
  })
  @ApiOkResponse({ type: OptionDaysView })
  async series(@Visitor() { tenant }: WidgetPrincipal, @Body() body: SearchSeries): Promise<OptionDaysView> {
    return optionDaysView(await this.search.series(tenant, seriesQuery(body)));
  }

  @Post('holds/groups')
  @TakesIdempotencyKey()
  @ApiOperation({
    operationId: 'createWidgetGroupHold',
    summary: 'Take several times together, or none of them, while the form is filled in',
    description:
      '409 `slot_taken` names the time that is not free, and carries three alternatives to it. A session has one hold, or one group of them, at a time.',
  })
  @ApiCreatedResponse({ type: GroupHoldView })
  async hold(
    @Visitor() { tenant, sessionId }: WidgetPrincipal,
    @Command() command: CommandRequest,
    @Body() { slotIds }: CreateGroupHold,
  ): Promise<GroupHoldView> {
    return groupHoldView(await this.holds.place(tenant, { id: sessionId, visitor: true }, slotIds, command));
  }

  @Post('holds/groups/:groupHoldId/release')
  @HttpCode(204)
  @ApiOperation({ operationId: 'releaseWidgetGroupHold', summary: 'Give all the times back' })
  @ApiNoContentResponse()
  async release(
    @Visitor() { tenant, sessionId }: WidgetPrincipal,
    @Param() { groupHoldId }: GroupHoldParams,
  ): Promise<void> {
    await this.holds.release(tenant, { id: sessionId, visitor: true }, groupHoldId);
  }

  @Post('bookings/groups')
  @TakesIdempotencyKey()
  @ApiOperation({
    operationId: 'createWidgetGroupBooking',
    summary: 'Book all the held times',
    description: 'All or none. Each visit has a link of its own.',
  })
  @ApiCreatedResponse({ type: GroupBookingView })
  async book(
    @Visitor() { tenant, sessionId }: WidgetPrincipal,
    @Command() command: CommandRequest,
    @Body() body: CreateGroupBooking,
  ): Promise<GroupBookingView> {
    const people = peopleOf(body, sessionId);
    const common = { bookedBy: sessionId, referrerId: body.referrerId };
    await this.catalog.assertReferrer(tenant, body.referrerId);
    const prepare = async () => {
      const askings = people.map(({ dateOfBirth, patientType }) => ({
        ...{ dateOfBirth, patientType },
        channel: 'widget' as const,
      }));
      const [group, insurances, attribution] = await Promise.all([
        this.bookings.open(tenant, body.groupHoldId, sessionId, askings),
        this.insurances(tenant, body),
        this.facts.attribution(tenant, sessionId),
      ]);
      return { group, insurances, attribution };
    };
    const book = async (tx: Tx, { group, insurances, attribution }: Awaited<ReturnType<typeof prepare>>) => {
      const { id, appointments } = await this.bookings.confirm(tenant, tx, group, async () => {
        const [first] = group.visits as [OpenedVisit];
        const day = localDateOf(first.zone, first.ref.start);
        const patientIds = await this.visitors.findOrCreate(tenant, tx, people, day);
        return body.visits.map(({ note }, place) => ({
          ...common,
          ...{ note, attribution, insurance: insurances[place] },
          patientId: patientIds[place] as string,
        }));
      });
      const visits: BookingView[] = [];
      for (const appointment of appointments) visits.push(await this.views.booked(tenant, tx, appointment));
      return { id, visits };
    };
    return this.commands.runPrepared(tenant, command, prepare, book, async (view) => {
      if (view.visits.every(({ sync }) => sync.state !== 'pending')) return view;
      const visits = view.visits.map((visit) => this.views.acknowledged(tenant, visit));
      return { ...view, visits: await Promise.all(visits) };
    });
  }

  private insurances(tenant: TenantScope, { visits }: CreateGroupBooking) {
    return Promise.all(
      visits.map(({ insurance }, place) => within(`/visits/${place}`, () => this.facts.insurance(tenant, insurance))),
    );
  }
}

/** The people of a booking, each with the contact's data where they gave none. */
function peopleOf({ contact, visits, consent }: CreateGroupBooking, sessionId: string): VisitorPerson[] {
  if (contact.email === undefined && contact.phone === undefined)
    throw invalid('/contact/email', 'required', 'Give an e-mail address or a telephone number.');
  const consents = consentsOf(consent);
  return visits.map(({ patient, patientType }) => {
    const { email = contact.email, phone = contact.phone } = patient;
    const reached = { ...patient, ...(email ? { email } : {}), ...(phone ? { phone } : {}) };
    return personOf(reached, patientType, sessionId, consents);
  });
}
