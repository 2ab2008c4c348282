import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  Allow,
  Command,
  Member,
  TakesIdempotencyKey,
  Tenant,
  type CommandRequest,
  type MemberPrincipal,
} from '../../http/index.js';
import type { TenantScope } from '../../kernel/index.js';
import { Locations } from '../../tenants/index.js';
import { parseSlotId } from '../availability/slot-id.js';
import type { HoldRecord } from '../book/page.schema.js';
import { CreateHold, HoldParams, HoldView, holdView } from './holds.dto.js';
import { Holds } from './holds.service.js';

@ApiTags('holds')
@Controller('v1/holds')
export class HoldsController {
  constructor(
    private readonly holds: Holds,
    private readonly locations: Locations,
  ) {}

  @Post()
  @Allow('schedule:write')
  @TakesIdempotencyKey()
  @ApiOperation({
    summary: 'Take a slot while the form is filled in',
    description: '409 `slot_taken` carries three alternatives.',
  })
  @ApiCreatedResponse({ type: HoldView })
  async create(
    @Tenant() scope: TenantScope,
    @Member() member: MemberPrincipal,
    @Command() command: CommandRequest,
    @Body() body: CreateHold,
  ): Promise<HoldView> {
    const hold = await this.holds.place(
      scope,
      ownerOf(member),
      parseSlotId(body.slotId),
      body.patientType ?? null,
      command,
    );
    return this.view(scope, hold);
  }

  @Get(':holdId')
  @Allow('schedule:read')
  @ApiOperation({ summary: 'A hold of your own that lives' })
  @ApiOkResponse({ type: HoldView })
  async get(
    @Tenant() scope: TenantScope,
    @Member() member: MemberPrincipal,
    @Param() { holdId }: HoldParams,
  ): Promise<HoldView> {
    return this.view(scope, await this.holds.get(scope, ownerOf(member), holdId));
  }

  @Post(':holdId/extend')
  @HttpCode(200)
  @Allow('schedule:write')
  @ApiOperation({ summary: 'Lengthen a hold, once' })
  @ApiOkResponse({ type: HoldView })
  async extend(
    @Tenant() scope: TenantScope,
    @Member() member: MemberPrincipal,
    @Param() { holdId }: HoldParams,
  ): Promise<HoldView> {
    return this.view(scope, await this.holds.extend(scope, ownerOf(member), holdId));
  }

  @Delete(':holdId')
  @HttpCode(204)
  @Allow('schedule:write')
  @ApiOperation({ operationId: 'releaseHold', summary: 'Give a hold back' })
  @ApiNoContentResponse()
  async release(
    @Tenant() scope: TenantScope,
    @Member() member: MemberPrincipal,
    @Param() { holdId }: HoldParams,
  ): Promise<void> {
    await this.holds.release(scope, ownerOf(member), holdId);
  }

  private async view(scope: TenantScope, hold: HoldRecord): Promise<HoldView> {
    return holdView(hold, (await this.locations.known(scope, hold.locationId)).zone);
  }
}

function ownerOf(member: MemberPrincipal) {
  return { id: member.credentialId, visitor: false };
}
