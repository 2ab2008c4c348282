import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res } from '@nestjs/common';
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
import { formatInstant, invalid, type TenantScope } from '../../kernel/index.js';
import type { WidgetKey } from './widget-key.schema.js';
import { WidgetKeys } from './widget-keys.service.js';

class CreateWidgetKey {
  @Text({ max: 80 })
  name!: string;

  @TextList({
    max: 255,
    maxItems: 50,
    description: 'Origins of the pages that show the widget, e.g. https://www.example.com',
  })
  origins!: string[];

  @Bool({ optional: true, default: false, description: 'Programs that send no Origin may open and use sessions too' })
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
    private readonly keys: WidgetKeys,
    private readonly commands: Commands,
  ) {}

  @Get()
  @Allow('keys:read')
  @ApiOperation({ summary: 'Publishable keys of the widget' })
  @PageOf(WidgetKeyView)
  async list(@Tenant() scope: TenantScope, @Query() query: PageQuery) {
    return mapPage(await this.keys.page(scope, query), view);
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
    return this.commands.run(scope, command, async (tx) =>
      view(await this.keys.create(scope, tx, { name, origins, allowServerSide, active })),
    );
  }

  @Patch(':widgetKeyId')
  @Allow('keys:write')
  @ApiOperation({
    summary: 'Change a publishable key',
    description: 'Sessions that the changed key would not open end: at once here, within 3 seconds elsewhere.',
  })
  @ApiOkResponse({ type: WidgetKeyView })
  async patch(
    @Tenant() scope: TenantScope,
    @Param() { widgetKeyId }: WidgetKeyParams,
    @Body() body: PatchWidgetKey,
    @IfMatch() ifVersion: number | undefined,
    @Res({ passthrough: true }) response: Response,
  ) {
    assertOrigins(body.origins ?? []);
    return withEtag(response, view(await this.keys.change(scope, widgetKeyId, body, ifVersion)));
  }

  @Delete(':widgetKeyId')
  @HttpCode(204)
  @Allow('keys:write')
  @ApiOperation({
    summary: 'Remove a publishable key',
    description: 'Pages that show it can open no more sessions, and those that are open end.',
  })
  @ApiNoContentResponse()
  async remove(@Tenant() scope: TenantScope, @Param() { widgetKeyId }: WidgetKeyParams): Promise<void> {
    await this.keys.remove(scope, widgetKeyId);
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
