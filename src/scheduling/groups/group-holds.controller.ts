import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
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
import { CreateGroupHold, GroupHoldParams, GroupHoldView, groupHoldView } from './group-holds.dto.js';
import { GroupHolds } from './group-holds.js';

@ApiTags('holds')
@Controller('v1/holds/groups')
export class GroupHoldsController {
  constructor(private readonly holds: GroupHolds) {}

  @Post()
  @Allow('schedule:write')
  @TakesIdempotencyKey()
  @ApiOperation({
    operationId: 'createGroupHold',
    summary: 'Take several slots together, or none of them',
    description: '409 `slot_taken` names the slot that is not free, and carries three alternatives to it.',
  })
  @ApiCreatedResponse({ type: GroupHoldView })
  async create(
    @Tenant() scope: TenantScope,
    @Member() member: MemberPrincipal,
    @Command() command: CommandRequest,
    @Body() { slotIds }: CreateGroupHold,
  ): Promise<GroupHoldView> {
    return groupHoldView(await this.holds.place(scope, ownerOf(member), slotIds, command));
  }

  @Post(':groupHoldId/extend')
  @HttpCode(200)
  @Allow('schedule:write')
  @ApiOperation({ operationId: 'extendGroupHold', summary: 'Lengthen a group hold, once' })
  @ApiOkResponse({ type: GroupHoldView })
  async extend(
    @Tenant() scope: TenantScope,
    @Member() member: MemberPrincipal,
    @Param() { groupHoldId }: GroupHoldParams,
  ): Promise<GroupHoldView> {
    return groupHoldView(await this.holds.extend(scope, ownerOf(member), groupHoldId));
  }

  @Post(':groupHoldId/release')
  @HttpCode(204)
  @Allow('schedule:write')
  @ApiOperation({ operationId: 'releaseGroupHold', summary: 'Give a group hold back' })
  @ApiNoContentResponse()
  async release(
    @Tenant() scope: TenantScope,
    @Member() member: MemberPrincipal,
    @Param() { groupHoldId }: GroupHoldParams,
  ): Promise<void> {
    await this.holds.release(scope, ownerOf(member), groupHoldId);
  }
}

function ownerOf(member: MemberPrincipal) {
  return { id: member.credentialId, visitor: false };
}
