import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import {
  Allow,
  Command,
  Commands,
  IfMatch,
  mapPage,
  PageOf,
  PageQuery,
  TakesIdempotencyKey,
  Tenant,
  withEtag,
  type CommandRequest,
} from '../../http/index.js';
import type { TenantScope } from '../../kernel/index.js';
import { Locations } from '../../tenants/index.js';
import type { BlockFacts } from './block-plan.js';
import {
  BlockedAppointmentView,
  blockedAppointmentView,
  BlockFields,
  BlockParams,
  BlockPreviewView,
  BlockQuery,
  BlockView,
  blockView,
  CreateBlock,
  PatchBlock,
  WrittenBlockView,
} from './blocks.dto.js';
import { Blocks, type WrittenBlock } from './blocks.service.js';

@ApiTags('blocks')
@Controller('v1/blocks')
export class BlocksController {
  constructor(
    private readonly blocks: Blocks,
    private readonly locations: Locations,
    private readonly commands: Commands,
  ) {}

  @Get()
  @Allow('schedule:read')
  @ApiOperation({ summary: 'Time that is set apart, by start' })
  @PageOf(BlockView)
  async list(@Tenant() scope: TenantScope, @Query() { limit, cursor, ...filter }: BlockQuery) {
    const [page, locations] = await Promise.all([
      this.blocks.page(scope, filter, { limit, cursor }),
      this.locations.list(scope),
    ]);
    const zones = new Map(locations.map(({ _id, zone }) => [_id, zone]));
    return mapPage(page, (block) => blockView(block, zones.get(block.locationId) ?? 'UTC'));
  }

  @Post()
  @Allow('schedule:write')
  @TakesIdempotencyKey()
  @ApiOperation({
    summary: 'Set time apart',
    description:
      'A break, a meeting, days out of office, or a closed location, once or weekly up to a date. Nothing can be held or booked there from then on, except for the reasons that it names; holds in it end. What repeats for good stands in the weekdays of a provider or in the hours of a location.',
  })
  @ApiCreatedResponse({ type: WrittenBlockView })
  async create(
    @Tenant() scope: TenantScope,
    @Command() command: CommandRequest,
    @Body() { ifHit, ...fields }: CreateBlock,
  ): Promise<WrittenBlockView> {
    return this.commands.runPrepared(
      scope,
      command,
      () => this.blocks.plan(scope, factsIn(fields)),
      async (tx, plan) => written(await this.blocks.create(scope, tx, plan, ifHit === 'refuse'), plan.zone),
    );
  }

  @Post('preview')
  @HttpCode(200)
  @Allow('schedule:read')
  @ApiOperation({ summary: 'The appointments that a block would hit', description: 'Nothing is saved.' })
  @ApiOkResponse({ type: BlockPreviewView })
  async preview(
    @Tenant() scope: TenantScope,
    @Query() request: PageQuery,
    @Body() fields: BlockFields,
  ): Promise<BlockPreviewView> {
    const { hits, page } = await this.blocks.preview(scope, factsIn(fields), request);
    return { hits, ...mapPage(page, blockedAppointmentView) };
  }

  @Get(':blockId')
  @Allow('schedule:read')
  @ApiOperation({ summary: 'One block' })
  @ApiOkResponse({ type: BlockView })
  async get(
    @Tenant() scope: TenantScope,
    @Param() { blockId }: BlockParams,
    @Res({ passthrough: true }) response: Response,
  ): Promise<BlockView> {
    const block = await this.blocks.get(scope, blockId);
    return withEtag(response, blockView(block, (await this.locations.known(scope, block.locationId)).zone));
  }

  @Get(':blockId/appointments')
  @Allow('schedule:read')
  @ApiOperation({
    summary: 'The appointments that stand in a block, by start',
    description:
      'As it is now: one that is moved or cancelled leaves the list, one that came at the same moment is on it.',
  })
  @PageOf(BlockedAppointmentView)
  async appointments(@Tenant() scope: TenantScope, @Param() { blockId }: BlockParams, @Query() request: PageQuery) {
    return mapPage(await this.blocks.hitBy(scope, blockId, request), blockedAppointmentView);
  }

  @Patch(':blockId')
  @Allow('schedule:write')
  @ApiOperation({ summary: 'Change what is set apart', description: 'What is not named stays; time left out is free.' })
  @ApiOkResponse({ type: WrittenBlockView })
  async change(
    @Tenant() scope: TenantScope,
    @Param() { blockId }: BlockParams,
    @IfMatch() ifVersion: number | undefined,
    @Body() { ifHit, ...given }: PatchBlock,
    @Res({ passthrough: true }) response: Response,
  ): Promise<WrittenBlockView> {
    const options = { refuse: ifHit === 'refuse', ifVersion };
    const result = await this.blocks.change(scope, blockId, given as Partial<BlockFacts>, options);
    const { zone } = await this.locations.known(scope, result.block.locationId);
    return withEtag(response, written(result, zone));
  }

  @Delete(':blockId')
  @HttpCode(204)
  @Allow('schedule:write')
  @ApiOperation({ summary: 'Remove a block; its time is free again' })
  @ApiNoContentResponse()
  async remove(@Tenant() scope: TenantScope, @Param() { blockId }: BlockParams): Promise<void> {
    await this.blocks.remove(scope, blockId);
  }
}

function written({ block, hits }: WrittenBlock, zone: string): WrittenBlockView {
  return { ...blockView(block, zone), hits };
}

function factsIn(fields: BlockFields): BlockFacts {
  const { locationId, type, startDate, endDate } = fields;
  return {
    ...{ locationId, type, startDate, endDate },
    providerIds: fields.providerIds ?? [],
    operatoryIds: fields.operatoryIds ?? [],
    reasonIds: fields.reasonIds ?? [],
    note: fields.note ?? null,
    startTime: fields.startTime ?? null,
    endTime: fields.endTime ?? null,
    weekdays: fields.weekdays ?? null,
  };
}
