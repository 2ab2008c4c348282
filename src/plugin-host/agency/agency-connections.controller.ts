import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
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
  TakesIdempotencyKey,
  withEtag,
  type CommandRequest,
  type MemberPrincipal,
} from '../../http/index.js';
import { notFound, Problem, type AgencyScope } from '../../kernel/index.js';
import { connectionView } from '../connections/connection-view.js';
import { ConnectionsQuery, ConnectionView } from '../connections/connections.dto.js';
import { PluginRegistry } from '../registry/plugin-registry.js';
import { agencyConnectionView } from './agency-connection-view.js';
import {
  AgencyConnectionParams,
  AgencyConnectionView,
  CreateAgencyConnection,
  PatchAgencyConnection,
  PracticePartParams,
  SetPracticePart,
} from './agency-connections.dto.js';
import { AgencyConnections } from './agency-connections.service.js';
import type { AgencyConnection } from './agency-connection.schema.js';

@ApiTags('connections')
@Controller('v1/agencies/current/connections')
export class AgencyConnectionsController {
  constructor(
    private readonly connections: AgencyConnections,
    private readonly registry: PluginRegistry,
    private readonly commands: Commands,
  ) {}

  @Get()
  @AllowAgency('connections:read')
  @ApiOperation({ summary: 'The connections that the agency has made for its practices' })
  @PageOf(AgencyConnectionView)
  async list(@Member() member: MemberPrincipal, @Query() query: ConnectionsQuery) {
    return mapPage(await this.connections.list(agencyItself(member), query), (one) => this.view(one));
  }

  @Post()
  @AllowAgency('connections:write')
  @TakesIdempotencyKey()
  @ApiOperation({
    summary: 'Connect a plugin for practices of the agency',
    description:
      'Each practice inherits it within moments as a connection of its own. A property named in `perPractice` may be missing here.',
  })
  @ApiCreatedResponse({ type: AgencyConnectionView })
  async create(
    @Member() member: MemberPrincipal,
    @Command() command: CommandRequest,
    @Body() body: CreateAgencyConnection,
    @Res({ passthrough: true }) response: Response,
  ): Promise<AgencyConnectionView> {
    const agency = agencyItself(member);
    const prepared = await this.connections.prepare(agency, body);
    const view = await this.commands.run(agency, command, async (tx) =>
      this.view(await this.connections.create(agency, tx, prepared)),
    );
    return withEtag(response, view);
  }

  @Get(':agencyConnectionId')
  @AllowAgency('connections:read')
  @ApiOperation({ summary: 'One connection of the agency' })
  @ApiOkResponse({ type: AgencyConnectionView })
  async get(
    @Member() member: MemberPrincipal,
    @Param() { agencyConnectionId }: AgencyConnectionParams,
    @Res({ passthrough: true }) response: Response,
  ): Promise<AgencyConnectionView> {
    return withEtag(response, this.view(await this.connections.get(reaching(member), agencyConnectionId)));
  }

  @Patch(':agencyConnectionId')
  @AllowAgency('connections:write')
  @ApiOperation({
    summary: 'Change a connection of the agency',
    description:
      '`config` is replaced whole. A secret that is left out is kept, and null removes it; when an address changes, each secret must be given again.',
  })
  @ApiOkResponse({ type: AgencyConnectionView })
  async patch(
    @Member() member: MemberPrincipal,
    @Param() { agencyConnectionId }: AgencyConnectionParams,
    @IfMatch() ifVersion: number | undefined,
    @Body() body: PatchAgencyConnection,
    @Res({ passthrough: true }) response: Response,
  ): Promise<AgencyConnectionView> {
    const changed = await this.connections.patch(reaching(member), agencyConnectionId, body, ifVersion);
    return withEtag(response, this.view(changed));
  }

  @Delete(':agencyConnectionId')
  @HttpCode(204)
  @AllowAgency('connections:write')
  @ApiOperation({ summary: 'Remove a connection of the agency, from all who inherit it' })
  @ApiNoContentResponse()
  async remove(
    @Member() member: MemberPrincipal,
    @Param() { agencyConnectionId }: AgencyConnectionParams,
  ): Promise<void> {
    await this.connections.remove(reaching(member), agencyConnectionId);
  }

  @Get(':agencyConnectionId/practices/:practiceId')
  @AllowAgency('connections:read')
  @ApiOperation({ summary: 'A connection of the agency as one practice has it, with its state there' })
  @ApiOkResponse({ type: ConnectionView })
  async inPractice(
    @Member() member: MemberPrincipal,
    @Param() { agencyConnectionId, practiceId }: PracticePartParams,
  ): Promise<ConnectionView> {
    const connection = await this.connections.inPractice(reaching(member), agencyConnectionId, practiceId);
    return connectionView(connection, this.registry);
  }

  @Put(':agencyConnectionId/practices/:practiceId')
  @AllowAgency('connections:write')
  @ApiOperation({
    summary: 'Give the properties that one practice needs values of its own for',
    description: 'Only those named in `perPractice`. They are laid over what the practices share.',
  })
  @ApiOkResponse({ type: ConnectionView })
  async setPart(
    @Member() member: MemberPrincipal,
    @Param() { agencyConnectionId, practiceId }: PracticePartParams,
    @Body() { config }: SetPracticePart,
  ): Promise<ConnectionView> {
    const connection = await this.connections.setPart(reaching(member), agencyConnectionId, practiceId, config);
    return connectionView(connection, this.registry);
  }

  private view(connection: AgencyConnection): AgencyConnectionView {
    return agencyConnectionView(connection, this.registry);
  }
}

function agencyItself({ ofAgency, agency }: MemberPrincipal): AgencyScope {
  if (ofAgency) return agency;
  throw new Problem('forbidden', "The agency's connections are for its own credentials: see GET /v1/connections.");
}

/** To a practice's credential the agency's connections are as if there were none. */
function reaching({ ofAgency, agency }: MemberPrincipal): AgencyScope {
  if (ofAgency) return agency;
  throw notFound('connection');
}
