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
  TakesIdempotencyKey,
  Tenant,
  withEtag,
  type CommandRequest,
} from '../../http/index.js';
import type { TenantScope } from '../../kernel/index.js';
import { Plugins } from '../adapters/plugins.service.js';
import { PluginRegistry } from '../registry/plugin-registry.js';
import { connectionView } from './connection-view.js';
import type { Connection } from './connection.schema.js';
import {
  ConnectionParams,
  ConnectionsQuery,
  ConnectionTestView,
  ConnectionView,
  CreateConnection,
  PatchConnection,
} from './connections.dto.js';
import { Connections } from './connections.service.js';

@ApiTags('connections')
@Controller('v1/connections')
export class ConnectionsController {
  constructor(
    private readonly connections: Connections,
    private readonly plugins: Plugins,
    private readonly registry: PluginRegistry,
    private readonly commands: Commands,
  ) {}

  @Get()
  @Allow('connections:read')
  @ApiOperation({ summary: 'The connections of the practice' })
  @PageOf(ConnectionView)
  async list(@Tenant() scope: TenantScope, @Query() query: ConnectionsQuery) {
    return mapPage(await this.connections.list(scope, query), (connection) => this.view(connection));
  }

  @Post()
  @Allow('connections:write')
  @TakesIdempotencyKey()
  @ApiOperation({
    summary: 'Connect a plugin',
    description: 'A wrong configuration is answered with a pointer to its property, e.g. `/config/port`.',
  })
  @ApiCreatedResponse({ type: ConnectionView })
  async create(
    @Tenant() scope: TenantScope,
    @Command() command: CommandRequest,
    @Body() body: CreateConnection,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ConnectionView> {
    const prepared = await this.connections.prepare(scope, body);
    const view = await this.commands.run(scope, command, async (tx) =>
      this.view(await this.connections.create(scope, tx, prepared)),
    );
    return withEtag(response, view);
  }

  @Get(':connectionId')
  @Allow('connections:read')
  @ApiOperation({ summary: 'One connection' })
  @ApiOkResponse({ type: ConnectionView })
  async get(
    @Tenant() scope: TenantScope,
    @Param() { connectionId }: ConnectionParams,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ConnectionView> {
    return withEtag(response, this.view(await this.connections.get(scope, connectionId)));
  }

  @Patch(':connectionId')
  @Allow('connections:write')
  @ApiOperation({
    summary: 'Change a connection',
    description:
      '`config` is replaced whole. A secret that is left out is kept, and null removes it; when an address changes, each secret must be given again.',
  })
  @ApiOkResponse({ type: ConnectionView })
  async patch(
    @Tenant() scope: TenantScope,
    @Param() { connectionId }: ConnectionParams,
    @IfMatch() ifVersion: number | undefined,
    @Body() body: PatchConnection,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ConnectionView> {
    return withEtag(response, this.view(await this.connections.patch(scope, connectionId, body, ifVersion)));
  }

  @Delete(':connectionId')
  @HttpCode(204)
  @Allow('connections:write')
  @ApiOperation({ summary: 'Remove a connection and what its plugin stored' })
  @ApiNoContentResponse()
  async remove(@Tenant() scope: TenantScope, @Param() { connectionId }: ConnectionParams): Promise<void> {
    await this.connections.remove(scope, connectionId);
  }

  @Post(':connectionId/test')
  @HttpCode(200)
  @Allow('connections:write')
  @ApiOperation({
    summary: 'Try a connection',
    description:
      'Reaches the other side and tries the credentials; changes nothing there. Works for inactive ones too.',
  })
  @ApiOkResponse({ type: ConnectionTestView })
  async test(@Tenant() scope: TenantScope, @Param() { connectionId }: ConnectionParams): Promise<ConnectionTestView> {
    const result = await this.plugins.test(scope, connectionId);
    const connection = this.view(await this.connections.get(scope, connectionId));
    if (!result.ok) {
      const { kind, reason } = result.failure;
      return { ok: false, failure: { kind, reason }, description: null, connection };
    }
    const told = (result.value as { description?: unknown } | undefined)?.description;
    const description = typeof told === 'string' && told !== '' ? told.slice(0, 200) : null;
    return { ok: true, failure: null, description, connection };
  }

  private view(connection: Connection): ConnectionView {
    return connectionView(connection, this.registry);
  }
}
