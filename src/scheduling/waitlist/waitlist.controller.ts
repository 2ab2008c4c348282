import { Body, Controller, Get, HttpCode, Inject, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import {
  Allow,
  Command,
  Commands,
  IfMatch,
  mapPage,
  Member,
  PageOf,
  PageQuery,
  TakesIdempotencyKey,
  Tenant,
  withEtag,
  type CommandRequest,
  type MemberPrincipal,
} from '../../http/index.js';
import { CLOCK, type Clock, type TenantScope } from '../../kernel/index.js';
import { parseSlotId } from '../availability/slot-id.js';
import { WaitlistAnswers } from './answers.js';
import { WaitlistEntries } from './entries.js';
import { WaitlistDesk } from './front-desk.js';
import { WaitlistOffers } from './offers.js';
import {
  CreateWaitlistEntry,
  OfferWaitlistTime,
  UpdateWaitlistEntry,
  WaitlistEntryView,
  waitlistEntryView,
  WaitlistOfferParams,
  WaitlistOfferView,
  waitlistOfferView,
  WaitlistParams,
  WaitlistQuery,
  WithdrawWaitlistEntry,
} from './waitlist.dto.js';
import type { WaitlistEntry } from './waitlist.schema.js';

/** Who would come earlier, and the times that are offered to them. */
@ApiTags('waitlist')
@Controller('v1/waitlist')
export class WaitlistController {
  constructor(
    private readonly entries: WaitlistEntries,
    private readonly offers: WaitlistOffers,
    private readonly answers: WaitlistAnswers,
    private readonly desk: WaitlistDesk,
    private readonly commands: Commands,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Allow('schedule:read')
  @ApiOperation({
    operationId: 'listWaitlistEntries',
    summary: 'Patients who wait, or have waited; those who came first come first',
    description:
      '`rank` is the place among those who wait for the same reason: the urgent first, then who waits longer in whole days, then who has had fewer offers. When there is a time, it goes to those before the others who named more wishes that it meets.',
  })
  @PageOf(WaitlistEntryView)
  async list(@Tenant() scope: TenantScope, @Query() query: WaitlistQuery) {
    const { limit, cursor, ...filter } = query;
    const page = await this.entries.page(scope, filter, { limit, cursor });
    const places = await this.entries.places(scope, page.data);
    return mapPage(page, (entry) => waitlistEntryView(entry, places.get(entry._id), this.clock.now()));
  }

  @Post()
  @Allow('schedule:write')
  @TakesIdempotencyKey()
  @ApiOperation({ operationId: 'createWaitlistEntry', summary: 'Put a patient of the practice on the waitlist' })
  @ApiCreatedResponse({ type: WaitlistEntryView })
  async create(
    @Tenant() scope: TenantScope,
    @Command() command: CommandRequest,
    @Body() body: CreateWaitlistEntry,
  ): Promise<WaitlistEntryView> {
    const entry = await this.commands.run(scope, command, (tx) => this.desk.join(scope, tx, body));
    return this.view(scope, entry);
  }

  @Get(':waitlistEntryId')
  @Allow('schedule:read')
  @ApiOperation({ operationId: 'getWaitlistEntry', summary: 'One entry with its place and why it has it' })
  @ApiOkResponse({ type: WaitlistEntryView })
  async get(
    @Tenant() scope: TenantScope,
    @Param() { waitlistEntryId }: WaitlistParams,
    @Res({ passthrough: true }) response: Response,
  ): Promise<WaitlistEntryView> {
    return withEtag(response, await this.view(scope, await this.entries.get(scope, waitlistEntryId)));
  }

  @Patch(':waitlistEntryId')
  @Allow('schedule:write')
  @ApiOperation({ operationId: 'updateWaitlistEntry', summary: 'Change what somebody wants who waits' })
  @ApiOkResponse({ type: WaitlistEntryView })
  async update(
    @Tenant() scope: TenantScope,
    @Param() { waitlistEntryId }: WaitlistParams,
    @Body() body: UpdateWaitlistEntry,
    @IfMatch() ifVersion: number | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<WaitlistEntryView> {
    return withEtag(
      response,
      await this.view(scope, await this.entries.change(scope, waitlistEntryId, body, ifVersion)),
    );
  }

  @Post(':waitlistEntryId/withdraw')
  @HttpCode(200)
  @Allow('schedule:write')
  @ApiOperation({
    operationId: 'withdrawWaitlistEntry',
    summary: 'Somebody waits no longer; a time that is held for them goes to the next',
  })
  @ApiOkResponse({ type: WaitlistEntryView })
  async withdraw(
    @Tenant() scope: TenantScope,
    @Param() { waitlistEntryId }: WaitlistParams,
    @Body() { reason = 'other' }: WithdrawWaitlistEntry,
    @IfMatch() ifVersion: number | undefined,
  ): Promise<WaitlistEntryView> {
    return this.view(scope, await this.offers.withdraw(scope, waitlistEntryId, reason, ifVersion));
  }

  @Get(':waitlistEntryId/offers')
  @Allow('schedule:read')
  @ApiOperation({ operationId: 'listWaitlistOffers', summary: 'What was offered to somebody, newest first' })
  @PageOf(WaitlistOfferView)
  async listOffers(
    @Tenant() scope: TenantScope,
    @Param() { waitlistEntryId }: WaitlistParams,
    @Query() { limit, cursor }: PageQuery,
  ) {
    await this.entries.get(scope, waitlistEntryId);
    return mapPage(await this.offers.of(scope, waitlistEntryId, { limit, cursor }), waitlistOfferView);
  }

  @Post(':waitlistEntryId/offers')
  @Allow('schedule:write')
  @TakesIdempotencyKey()
  @ApiOperation({
    operationId: 'offerWaitlistTime',
    summary: 'Offer a time to somebody now',
    description:
      'The time is held until `expiresAt`. Staff is bound neither by the wishes nor by notice. 409 `slot_taken` carries three alternatives.',
  })
  @ApiCreatedResponse({ type: WaitlistOfferView })
  offer(
    @Tenant() scope: TenantScope,
    @Param() { waitlistEntryId }: WaitlistParams,
    @Command() command: CommandRequest,
    @Body() { slotId, way = 'message' }: OfferWaitlistTime,
  ): Promise<WaitlistOfferView> {
    return this.commands.runPrepared(
      scope,
      command,
      () => this.desk.hold(scope, waitlistEntryId, parseSlotId(slotId), way),
      async (tx, held) => waitlistOfferView(await this.desk.offer(scope, tx, held)),
    );
  }

  @Post(':waitlistEntryId/offers/:offerId/accept')
  @HttpCode(200)
  @Allow('schedule:write')
  @ApiOperation({
    operationId: 'acceptWaitlistOffer',
    summary: 'The patient said yes, on the telephone: the time is booked, or their later visit moves to it',
    description: '409 `offer_over` when the time limit has passed or the offer was answered before.',
  })
  @ApiOkResponse({ type: WaitlistOfferView })
  async accept(
    @Tenant() scope: TenantScope,
    @Member() { credentialId: bookedBy }: MemberPrincipal,
    @Param() { waitlistEntryId, offerId }: WaitlistOfferParams,
  ): Promise<WaitlistOfferView> {
    await this.desk.offerTo(scope, waitlistEntryId, offerId);
    return this.answers.accept(scope, offerId, { channel: 'api', bookedBy }, (_tx, { offer }) =>
      Promise.resolve(waitlistOfferView(offer)),
    );
  }

  @Post(':waitlistEntryId/offers/:offerId/decline')
  @HttpCode(200)
  @Allow('schedule:write')
  @ApiOperation({
    operationId: 'declineWaitlistOffer',
    summary: 'The patient said no, on the telephone: the next in line is asked',
    description: '409 `offer_over` when the time limit has passed or the offer was answered before.',
  })
  @ApiOkResponse({ type: WaitlistOfferView })
  async decline(
    @Tenant() scope: TenantScope,
    @Param() { waitlistEntryId, offerId }: WaitlistOfferParams,
  ): Promise<WaitlistOfferView> {
    await this.desk.offerTo(scope, waitlistEntryId, offerId);
    return waitlistOfferView(await this.offers.decline(scope, offerId));
  }

  private async view(scope: TenantScope, entry: WaitlistEntry): Promise<WaitlistEntryView> {
    const places = await this.entries.places(scope, [entry]);
    return waitlistEntryView(entry, places.get(entry._id), this.clock.now());
  }
}
