import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import {
  AllowAgency,
  Command,
  Commands,
  IfMatch,
  mapPage,
  Member,
  PageOf,
  PageQuery,
  TakesIdempotencyKey,
  withEtag,
  type CommandRequest,
  type MemberPrincipal,
} from '../../http/index.js';
import { InvitedUserView, InviteUser, PatchUser, UserParams, UserView, userView } from './users.dto.js';
import { assertMayGrant, Users, type Invited } from './users.service.js';

@ApiTags('users')
@Controller('v1/users')
export class UsersController {
  constructor(
    private readonly users: Users,
    private readonly commands: Commands,
  ) {}

  @Get()
  @AllowAgency('users:read')
  @ApiOperation({ summary: 'Users of the practice, or of the whole agency' })
  @PageOf(UserView)
  async list(@Member() member: MemberPrincipal, @Query() query: PageQuery) {
    return mapPage(await this.users.page(member, query), userView);
  }

  @Get(':userId')
  @AllowAgency('users:read')
  @ApiOperation({ summary: 'One user' })
  @ApiOkResponse({ type: UserView })
  async get(
    @Member() member: MemberPrincipal,
    @Param() { userId }: UserParams,
    @Res({ passthrough: true }) response: Response,
  ) {
    return withEtag(response, userView(await this.users.get(member, userId)));
  }

  @Post()
  @AllowAgency('users:write')
  @TakesIdempotencyKey()
  @ApiOperation({
    operationId: 'inviteUser',
    summary: 'Invite a user',
    description:
      'Without OpenChair-Practice, an agency invites an agency_admin; else the user belongs to the practice.',
  })
  @ApiCreatedResponse({ type: InvitedUserView })
  async invite(
    @Member() member: MemberPrincipal,
    @Command() command: CommandRequest,
    @Body() body: InviteUser,
  ): Promise<InvitedUserView> {
    assertMayGrant(member, body.role);
    const tenantId = member.tenant?.tenantId ?? null;
    return this.commands.run(member.agency, command, async (tx) =>
      invitedView(await this.users.invite(member.agency, tx, { ...body, tenantId })),
    );
  }

  @Post(':userId/invitation')
  @HttpCode(200)
  @AllowAgency('users:write')
  @TakesIdempotencyKey()
  @ApiOperation({
    operationId: 'inviteUserAgain',
    summary: 'Invite a user again',
    description: 'For an invitation that has passed or a forgotten password. Taking it up ends what is logged in.',
  })
  @ApiOkResponse({ type: InvitedUserView })
  async inviteAgain(
    @Member() member: MemberPrincipal,
    @Param() { userId }: UserParams,
    @Command() command: CommandRequest,
  ): Promise<InvitedUserView> {
    return this.commands.run(member.agency, command, async (tx) =>
      invitedView(await this.users.inviteAgain(member, tx, userId)),
    );
  }

  @Patch(':userId')
  @AllowAgency('users:write')
  @ApiOperation({
    summary: 'Change name, role or activity',
    description: 'The last admin of a practice or agency stays: 409 `last_admin`.',
  })
  @ApiOkResponse({ type: UserView })
  async patch(
    @Member() member: MemberPrincipal,
    @Param() { userId }: UserParams,
    @Body() body: PatchUser,
    @IfMatch() ifVersion: number | undefined,
    @Res({ passthrough: true }) response: Response,
  ) {
    return withEtag(response, userView(await this.users.change(member, userId, body, ifVersion)));
  }

  @Delete(':userId')
  @HttpCode(204)
  @AllowAgency('users:write')
  @ApiOperation({
    summary: 'Remove a user',
    description: 'Log-ins end at once. The last admin of a practice or agency stays: 409 `last_admin`.',
  })
  @ApiNoContentResponse()
  async remove(@Member() member: MemberPrincipal, @Param() { userId }: UserParams): Promise<void> {
    await this.users.remove(member, userId);
  }
}

function invitedView({ user, inviteToken }: Invited): InvitedUserView {
  return { ...userView(user), inviteToken };
}
