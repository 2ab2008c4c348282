import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  AllowAgency,
  Command,
  Commands,
  Id,
  Instant,
  mapPage,
  Member,
  OneOf,
  PageOf,
  PageQuery,
  PERMISSIONS,
  SomeOf,
  TakesIdempotencyKey,
  Text,
  TextList,
  type CommandRequest,
  type MemberPrincipal,
  type Permission,
} from '../../http/index.js';
import { formatInstant } from '../../kernel/index.js';
import { ApiKeys } from './api-keys.service.js';
import type { ApiKey } from './api-key.schema.js';

class CreateApiKey {
  @Text({ max: 80 })
  name!: string;

  @OneOf(['live', 'test'])
  mode!: 'live' | 'test';

  @SomeOf(PERMISSIONS, { minItems: 1 })
  permissions!: Permission[];

  @TextList({
    max: 45,
    maxItems: 20,
    pattern: /^[0-9a-fA-F.:]+$/,
    optional: true,
    description: 'IP addresses that may use the key',
  })
  addresses?: string[];

  @Instant({ optional: true })
  expiresAt?: string;
}

class ApiKeyParams {
  @Id('apiKey')
  keyId!: string;
}

class ApiKeyView {
  @Id('apiKey')
  id!: string;

  @Text({ max: 80 })
  name!: string;

  @Text({ max: 30, example: 'oc_live_…a1B2' })
  shown!: string;

  @SomeOf(PERMISSIONS)
  permissions!: string[];

  @Id('practice', { nullable: true })
  practiceId!: string | null;

  @Instant({ nullable: true })
  expiresAt!: string | null;

  @Instant({ nullable: true })
  lastUsedAt!: string | null;

  @Instant({ nullable: true })
  revokedAt!: string | null;

  @Instant()
  createdAt!: string;
}

class NewApiKeyView extends ApiKeyView {
  @Text({ max: 80, description: 'The key itself; shown once' })
  secret!: string;
}

@ApiTags('api-keys')
@Controller('v1/api-keys')
export class ApiKeysController {
  constructor(
    private readonly keys: ApiKeys,
    private readonly commands: Commands,
  ) {}

  @Get()
  @AllowAgency('keys:read')
  @ApiOperation({ summary: 'API keys, without their secrets' })
  @PageOf(ApiKeyView)
  async list(@Member() member: MemberPrincipal, @Query() query: PageQuery) {
    return mapPage(await this.keys.page(member, query), view);
  }

  @Post()
  @AllowAgency('keys:write')
  @TakesIdempotencyKey()
  @ApiOperation({
    summary: 'Create a key',
    description:
      'It belongs to the practice that you act in, else to the agency. It never goes further than the credential that makes it.',
  })
  @ApiCreatedResponse({ type: NewApiKeyView })
  async create(
    @Member() member: MemberPrincipal,
    @Command() command: CommandRequest,
    @Body() body: CreateApiKey,
  ): Promise<NewApiKeyView> {
    const wanted = { ...body, expiresAt: body.expiresAt === undefined ? null : Date.parse(body.expiresAt) };
    await this.keys.assertMayCreate(member, wanted);
    return this.commands.run(member.agency, command, async (tx) => {
      const { key, secret } = await this.keys.create(member.agency, tx, member.tenant?.tenantId ?? null, wanted);
      return { ...view(key), secret };
    });
  }

  @Post(':keyId/rotate')
  @HttpCode(200)
  @AllowAgency('keys:write')
  @TakesIdempotencyKey()
  @ApiOperation({
    summary: 'Give a key a new secret',
    description:
      'The old one is good for another 24 hours, or until the next rotation. Repeat with an Idempotency-Key.',
  })
  @ApiOkResponse({ type: NewApiKeyView })
  async rotate(
    @Member() member: MemberPrincipal,
    @Param() { keyId }: ApiKeyParams,
    @Command() command: CommandRequest,
  ): Promise<NewApiKeyView> {
    return this.commands.run(member.agency, command, async (tx) => {
      const { key, secret } = await this.keys.rotate(member, tx, keyId);
      return { ...view(key), secret };
    });
  }

  @Delete(':keyId')
  @HttpCode(204)
  @AllowAgency('keys:write')
  @ApiOperation({ operationId: 'revokeApiKey', summary: 'Revoke a key at once' })
  @ApiNoContentResponse()
  async revoke(@Member() member: MemberPrincipal, @Param() { keyId }: ApiKeyParams): Promise<void> {
    await this.keys.revoke(member, keyId);
  }
}

function view(key: ApiKey): ApiKeyView {
  const instant = (value: number | null) => (value === null ? null : formatInstant(value));
  return {
    id: key._id,
    name: key.name,
    shown: `${key.prefix}…${key.lastFour}`,
    permissions: key.permissions,
    practiceId: key.tenantId,
    expiresAt: instant(key.expiresAt),
    lastUsedAt: instant(key.lastUsedAt),
    revokedAt: instant(key.revokedAt),
    createdAt: formatInstant(key.createdAt),
  };
}
