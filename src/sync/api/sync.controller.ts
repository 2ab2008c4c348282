import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, mapPage, PageOf, Tenant } from '../../http/index.js';
import { CLOCK, type Clock, type TenantScope } from '../../kernel/index.js';
import { AppointmentView, appointmentView } from '../../scheduling/index.js';
import { SyncConnectionParams } from './sync-params.dto.js';
import { SyncTools, type Standing } from './sync-tools.js';
import { differencesView, logView, statusView, unreadableView } from './sync-views.js';
import {
  DifferencesView,
  RunSync,
  SyncAppointmentParams,
  SyncLogQuery,
  SyncLogView,
  SyncStatusListView,
  SyncStatusView,
  UnreadableRecordsQuery,
  UnreadableRecordView,
} from './sync.dto.js';

/** The state of the exchange with practice systems, and what people may do about it. */
@ApiTags('sync')
@Controller('v1/sync')
export class SyncController {
  constructor(
    private readonly tools: SyncTools,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get('connections')
  @Allow('connections:read')
  @ApiOperation({ summary: 'How the exchange with each practice system stands' })
  @ApiOkResponse({ type: SyncStatusListView })
  async list(@Tenant() scope: TenantScope): Promise<SyncStatusListView> {
    return { data: (await this.tools.list(scope)).map((standing) => this.view(standing)) };
  }

  @Get('connections/:connectionId')
  @Allow('connections:read')
  @ApiOperation({ summary: 'How the exchange with one practice system stands' })
  @ApiOkResponse({ type: SyncStatusView })
  async get(@Tenant() scope: TenantScope, @Param() { connectionId }: SyncConnectionParams): Promise<SyncStatusView> {
    return this.view(await this.tools.get(scope, connectionId));
  }

  @Post('connections/:connectionId/run')
  @HttpCode(202)
  @Allow('connections:write')
  @ApiOperation({ summary: 'Read and write now', description: 'Done in the background: watch the status.' })
  @ApiAcceptedResponse({ type: SyncStatusView })
  async run(
    @Tenant() scope: TenantScope,
    @Param() { connectionId }: SyncConnectionParams,
    @Body() { kind }: RunSync,
  ): Promise<SyncStatusView> {
    return this.view(await this.tools.run(scope, connectionId, kind ?? 'all'));
  }

  @Post('connections/:connectionId/pause')
  @HttpCode(200)
  @Allow('connections:write')
  @ApiOperation({ summary: 'Stop reading and writing', description: 'Bookings are still taken; they wait.' })
  @ApiOkResponse({ type: SyncStatusView })
  async pause(@Tenant() scope: TenantScope, @Param() { connectionId }: SyncConnectionParams): Promise<SyncStatusView> {
    return this.view(await this.tools.pause(scope, connectionId, true));
  }

  @Post('connections/:connectionId/resume')
  @HttpCode(200)
  @Allow('connections:write')
  @ApiOperation({ summary: 'Go on after a pause' })
  @ApiOkResponse({ type: SyncStatusView })
  async resume(@Tenant() scope: TenantScope, @Param() { connectionId }: SyncConnectionParams): Promise<SyncStatusView> {
    return this.view(await this.tools.pause(scope, connectionId, false));
  }

  @Get('connections/:connectionId/log')
  @Allow('connections:read')
  @ApiOperation({ summary: 'What happened in the last 30 days, newest first' })
  @PageOf(SyncLogView)
  async log(
    @Tenant() scope: TenantScope,
    @Param() { connectionId }: SyncConnectionParams,
    @Query() query: SyncLogQuery,
  ) {
    return mapPage(await this.tools.logOf(scope, connectionId, query), logView);
  }

  @Get('connections/:connectionId/unreadable-records')
  @Allow('connections:read')
  @ApiOperation({
    summary: 'Records of the practice system that cannot be read',
    description:
      'One bad record does not stop the others. What it stood for when it could be read last is kept: the time of such a visit stays taken, a provider or operatory stays, what was set apart stays so. A visit that could never be read may hold time that is not known here: mend it in the practice system.',
  })
  @PageOf(UnreadableRecordView)
  async unreadable(
    @Tenant() scope: TenantScope,
    @Param() { connectionId }: SyncConnectionParams,
    @Query() query: UnreadableRecordsQuery,
  ) {
    return mapPage(await this.tools.unreadableOf(scope, connectionId, query), unreadableView);
  }

  @Get('connections/:connectionId/differences')
  @Allow('connections:read')
  @ApiOperation({
    summary: 'In what both sides differed when they were last compared',
    description: 'They are compared every night; `run` with `reconcile` does it now.',
  })
  @ApiOkResponse({ type: DifferencesView })
  async differences(
    @Tenant() scope: TenantScope,
    @Param() { connectionId }: SyncConnectionParams,
  ): Promise<DifferencesView> {
    return differencesView(await this.tools.differences(scope, connectionId));
  }

  @Post('appointments/:appointmentId/run')
  @HttpCode(200)
  @Allow('schedule:write')
  @ApiOperation({ summary: 'Ask the practice system for one appointment, and write what it lacks' })
  @ApiOkResponse({ type: AppointmentView })
  async runOne(
    @Tenant() scope: TenantScope,
    @Param() { appointmentId }: SyncAppointmentParams,
  ): Promise<AppointmentView> {
    return appointmentView(await this.tools.runOne(scope, appointmentId));
  }

  @Post('appointments/:appointmentId/retry')
  @HttpCode(200)
  @Allow('schedule:write')
  @ApiOperation({ summary: 'Write an appointment again that was refused or came too late' })
  @ApiOkResponse({ type: AppointmentView })
  async retry(
    @Tenant() scope: TenantScope,
    @Param() { appointmentId }: SyncAppointmentParams,
  ): Promise<AppointmentView> {
    return appointmentView(await this.tools.retry(scope, appointmentId));
  }

  private view(standing: Standing): SyncStatusView {
    return statusView(standing, this.clock.now());
  }
}
