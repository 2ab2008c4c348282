import { Body, Controller, Get, Header, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { addressOf, AnyMember, Member, Public, RateLimits, type MemberPrincipal } from '../../http/index.js';
import { SigningKeysView } from '../access/signing-keys.dto.js';
import { SigningKeys } from '../access/signing-keys.js';
import { Sessions } from './sessions.service.js';
import { UserRepository } from './user.schema.js';
import { Login, MeView, RefreshToken, SetPassword, TokensView } from './users.dto.js';

/** Log-in and what belongs to it. Public, since nobody is known before: guarded by the budgets of address and account. */
@ApiTags('auth')
@Controller()
export class AuthController {
  constructor(
    private readonly sessions: Sessions,
    private readonly keys: SigningKeys,
    private readonly users: UserRepository,
    private readonly limits: RateLimits,
  ) {}

  @Post('v1/auth/login')
  @HttpCode(200)
  @Public()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'logIn',
    summary: 'Log in with address and password',
    description: 'Tries are counted for the account, for the address that they come from, and for both together.',
  })
  @ApiOkResponse({ type: TokensView })
  async login(
    @Body() body: Login,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<TokensView> {
    const [account, address] = [await this.users.emailIndex(body.email), addressOf(request)];
    await this.limits.spend('login-address', address, response);
    await this.limits.spend('login', `${account}|${address}`, response);
    await this.limits.spend('login-account', account, response);
    return this.sessions.login(body.email, body.password);
  }

  @Post('v1/auth/refresh')
  @HttpCode(200)
  @Public()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    operationId: 'refreshTokens',
    summary: 'Exchange a refresh token for new tokens',
    description: 'Each refresh token is good once; shown twice, it ends the log-in.',
  })
  @ApiOkResponse({ type: TokensView })
  refresh(@Body() body: RefreshToken): Promise<TokensView> {
    return this.sessions.refresh(body.refreshToken);
  }

  @Post('v1/auth/logout')
  @HttpCode(204)
  @Public()
  @ApiOperation({ operationId: 'logOut', summary: 'End a log-in' })
  @ApiNoContentResponse()
  async logout(@Body() body: RefreshToken): Promise<void> {
    await this.sessions.logout(body.refreshToken);
  }

  @Post('v1/auth/password')
  @HttpCode(204)
  @Public()
  @ApiOperation({ operationId: 'setPassword', summary: 'Set the password with the token of an invitation' })
  @ApiNoContentResponse()
  async setPassword(
    @Body() body: SetPassword,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    await this.limits.spend('login-address', addressOf(request), response);
    await this.sessions.setPassword(body.inviteToken, body.password);
  }

  @Get('v1/auth/me')
  @AnyMember()
  @ApiOperation({ operationId: 'getMe', summary: 'What this credential is' })
  @ApiOkResponse({ type: MeView })
  me(@Member() member: MemberPrincipal): MeView {
    return {
      id: member.actor.id,
      role: member.role,
      permissions: [...member.permissions],
      agencyId: member.agency.agencyId,
      practiceId: member.tenant?.tenantId ?? null,
    };
  }

  @Get('.well-known/jwks.json')
  @Public()
  @ApiOperation({ operationId: 'getSigningKeys', summary: 'Public keys of our tokens' })
  @ApiOkResponse({ type: SigningKeysView })
  jwks(): Promise<SigningKeysView> {
    return this.keys.jwks();
  }
}
