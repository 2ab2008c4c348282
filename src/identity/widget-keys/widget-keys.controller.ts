import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query, Res } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  PartialType,
} from '@nestjs/swagger';
import type { Response } from 'express';
import {
  Allow,
  Bool,
  Command,
  Commands,
  Id,
  IfMatch,
  Instant,
  Int,
  isWebOrigin,
  mapPage,
  PageOf,
  PageQuery,
  TakesIdempotencyKey,
  Tenant,
  Text,
  TextList,
  withEtag,
  type CommandRequest,
} from '../../http/index.js';
import {
  CLOCK,
  formatInstant,
  invalid,
  newId,
  notFound,
  randomToken,
  type Clock,
  type TenantScope,
} from '../../kernel/index.js';
import { WidgetKeyRepository, type WidgetKey } from './widget-key.schema.js';

class CreateWidgetKey {
  @Text({ max: 80 })
  name!: string;

  @TextList({
    max: 255,
    maxItems: 50,
    description: 'Origins of the pages that show the widget, e.g. https://www.example.com',
  })
  origins!: string[];

  @Bool({ optional: true, default: false, description: 'Programs that send no Origin may open sessions too' })
  allowServerSide?: boolean;

  @Bool({ optional: true, default: true })
  active?: boolean;
}

class PatchWidgetKey extends PartialType(CreateWidgetKey, { skipNullProperties: false }) {}

class WidgetKeyParams {
  @Id('widgetKey')
  widgetKeyId!: string;
}

class WidgetKeyView {
  @Id('widgetKey')
  id!: string;

  @Text({ max: 80 })
  name!: string;

  @Text({ max: 80, description: 'Publishable: it may stand in a page' })
  key!: string;

  @TextList({ max: 255, maxItems: 50 })
  origins!: string[];

  @Bool()
  allowServerSide!: boolean;

  @Bool()
  active!: boolean;

  @Int({ min: 1, max: 1_000_000_000 })
  version!: number;

  @Instant()
  createdAt!: string;
}

@ApiTags('widget-keys')
@Controller('v1/widget-keys')
export class WidgetKeysController {
  constructor(
    private readonly keys: WidgetKeyRepository,
    private readonly commands: Commands,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Allow('keys:read')
  @ApiOperation({ summary: 'Publishable keys of the widget' })
  @PageOf(WidgetKeyView)
  async list(@Tenant() scope: TenantScope, @Query() query: PageQuery) {
    return mapPage(await this.keys.forTenant(scope).page(query), view);
  }

  @Post()
  @Allow('keys:write')
  @TakesIdempotencyKey()
  @ApiOperation({ summary: 'Create a publishable key' })
  @ApiCreatedResponse({ type: WidgetKeyView })
  async create(
    @Tenant() scope: TenantScope,
    @Command() command: CommandRequest,
    @Body() body: CreateWidgetKey,
  ): Promise<WidgetKeyView> {
    assertOrigins(body.origins);
    const { name, origins, allowServerSide = false, active = true } = body;
    return this.commands.run(scope, command, async (tx) => {
      const fresh = {
        _id: newId('widgetKey', this.clock.now()),
        name,
        key: `oc_pub_${randomToken(18)}`,
        origins,
        allowServerSide,
        active,
      };
      return view(await this.keys.forTenant(scope, tx).insert(fresh));
    });
  }

  @Patch(':widgetKeyId')
  @Allow('keys:write')
  @ApiOperation({ summary: 'Change a publishable key' })
  @ApiOkResponse({ type: WidgetKeyView })
  async patch(
    @Tenant() scope: TenantScope,
    @Param() { widgetKeyId }: WidgetKeyParams,
    @Body() body: PatchWidgetKey,
    @IfMatch() ifVersion: number | undefined,
    @Res({ passthrough: true }) response: Response,
  ) {
    assertOrigins(body.origins ?? []);
    return withEtag(response, view(await this.keys.forTenant(scope).patch(widgetKeyId, body, 'widget key', ifVersion)));
  }

  @Delete(':widgetKeyId')
  @HttpCode(204)
  @Allow('keys:write')
  @ApiOperation({ summary: 'Remove a publishable key; pages that show it can open no more sessions' })
  @ApiNoContentResponse()
  async remove(@Tenant() scope: TenantScope, @Param() { widgetKeyId }: WidgetKeyParams): Promise<void> {
    if (!(await this.keys.forTenant(scope).remove(widgetKeyId))) throw notFound('widget key');
  }
}

function assertOrigins(origins: string[]): void {
  const wrong = origins.findIndex((origin) => !isWebOrigin(origin));
  if (wrong >= 0)
    throw invalid(
      `/origins/${wrong}`,
      'web_origin',
      'Each origin is scheme, host and port alone, e.g. https://www.example.com.',
    );
}

function view(key: WidgetKey): WidgetKeyView {
  const { _id, name, origins, allowServerSide, active, version, createdAt } = key;
  return {
    id: _id,
    name,
    key: key.key,
    origins,
    allowServerSide,
    active,
    version,
    createdAt: formatInstant(createdAt),
  };
}
