import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CarrierService } from '../../catalog/index.js';
import {
  Allow,
  Command,
  Commands,
  mapPage,
  PageOf,
  TakesIdempotencyKey,
  Tenant,
  type CommandRequest,
} from '../../http/index.js';
import type { TenantScope } from '../../kernel/index.js';
import { DuePatients } from '../lists/due-patients.js';
import { SetUpLists } from '../lists/set-up-lists.js';
import { TypeReasons } from '../lists/type-reasons.js';
import { LiveConnections } from '../site/live-connections.js';
import {
  appointmentTypeView,
  carrierView,
  importedView,
  procedureCodeView,
  recallView,
  typeReasonView,
} from './list-views.js';
import {
  AppointmentTypeParams,
  CreateTypeReason,
  ImportCarriers,
  ImportedCarriersView,
  LinkTypeReason,
  PmsAppointmentTypeView,
  PmsCarrierView,
  PmsListQuery,
  PmsProcedureCodeView,
  RecallsQuery,
  RecallView,
  TypeReasonParams,
  TypeReasonView,
} from './lists.dto.js';
import { SyncConnectionParams } from './sync-params.dto.js';

/** What a practice system lists beside its book, and what stands for it here. */
@ApiTags('sync')
@Controller('v1/sync/connections/:connectionId')
export class ListsController {
  constructor(
    private readonly connections: LiveConnections,
    private readonly lists: SetUpLists,
    private readonly carriers: CarrierService,
    private readonly reasons: TypeReasons,
    private readonly due: DuePatients,
    private readonly commands: Commands,
  ) {}

  @Get('carriers')
  @Allow('catalog:read')
  @ApiOperation({
    summary: 'The carriers that a practice system lists',
    description: 'By name, as they were read last, with the carrier of the practice that stands for each.',
  })
  @PageOf(PmsCarrierView)
  async listCarriers(
    @Tenant() scope: TenantScope,
    @Param() { connectionId }: SyncConnectionParams,
    @Query() query: PmsListQuery,
  ) {
    await this.connections.known(scope, connectionId);
    return mapPage(await this.lists.carriers(scope, connectionId, query), carrierView);
  }

  @Post('carriers/import')
  @HttpCode(200)
  @Allow('catalog:write')
  @TakesIdempotencyKey()
  @ApiOperation({
    operationId: 'importSyncConnectionCarriers',
    summary: 'Takes carriers of a practice system over',
    description:
      'What the practice has already, by one of its names or by its payer id, is linked and not doubled; the rest is made. Importing again changes nothing.',
  })
  @ApiOkResponse({ type: ImportedCarriersView })
  async importCarriers(
    @Tenant() scope: TenantScope,
    @Command() command: CommandRequest,
    @Param() { connectionId }: SyncConnectionParams,
    @Body() { ids, status = 'accepted' }: ImportCarriers,
  ): Promise<ImportedCarriersView> {
    await this.connections.known(scope, connectionId);
    return this.commands.run(scope, command, async (tx) => {
      const items = await this.lists.chosen(scope, connectionId, 'carriers', ids);
      return importedView(items, await this.carriers.importForeign(scope, tx, items, status));
    });
  }

  @Get('appointment-types')
  @Allow('catalog:read')
  @ApiOperation({
    summary: 'The appointment types that a practice system lists',
    description: 'By name, as they were read last, with the reasons for visit that stand for each.',
  })
  @PageOf(PmsAppointmentTypeView)
  async listTypes(
    @Tenant() scope: TenantScope,
    @Param() { connectionId }: SyncConnectionParams,
    @Query() query: PmsListQuery,
  ) {
    await this.connections.known(scope, connectionId);
    return mapPage(await this.lists.types(scope, connectionId, query), appointmentTypeView);
  }

  @Post('appointment-types/:appointmentTypeId/reasons')
  @Allow('catalog:write')
  @TakesIdempotencyKey()
  @ApiOperation({
    operationId: 'createAppointmentTypeReason',
    summary: 'Makes a reason for visit of an appointment type',
    description:
      'Name, length or pattern, and procedure codes come from the type. Its visits are booked in the practice system under the type, where that takes one.',
  })
  @ApiCreatedResponse({ type: TypeReasonView })
  async createReason(
    @Tenant() scope: TenantScope,
    @Command() command: CommandRequest,
    @Param() { connectionId, appointmentTypeId }: AppointmentTypeParams,
    @Body() body: CreateTypeReason,
  ): Promise<TypeReasonView> {
    await this.connections.known(scope, connectionId);
    const type = await this.lists.type(scope, connectionId, appointmentTypeId);
    return this.commands.run(scope, command, async (tx) =>
      typeReasonView(type, await this.reasons.create(scope, tx, type, body)),
    );
  }

  @Put('appointment-types/:appointmentTypeId/reasons/:reasonId')
  @Allow('catalog:write')
  @ApiOperation({
    operationId: 'linkAppointmentTypeReason',
    summary: 'Lets a reason for visit stand for an appointment type',
    description:
      'In place of any other type of the same practice system. When the reason has no procedure codes of its own, its visits bear those of the type.',
  })
  @ApiOkResponse({ type: TypeReasonView })
  async linkReason(
    @Tenant() scope: TenantScope,
    @Param() { connectionId, appointmentTypeId, reasonId }: TypeReasonParams,
    @Body() { take = [] }: LinkTypeReason,
  ): Promise<TypeReasonView> {
    await this.connections.known(scope, connectionId);
    const type = await this.lists.type(scope, connectionId, appointmentTypeId);
    return typeReasonView(type, await this.reasons.link(scope, type, reasonId, take));
  }

  @Delete('appointment-types/:appointmentTypeId/reasons/:reasonId')
  @HttpCode(204)
  @Allow('catalog:write')
  @ApiOperation({
    operationId: 'unlinkAppointmentTypeReason',
    summary: 'Ends that a reason for visit stands for an appointment type',
    description: 'What it took over from the type stays.',
  })
  @ApiNoContentResponse()
  async unlinkReason(
    @Tenant() scope: TenantScope,
    @Param() { connectionId, appointmentTypeId, reasonId }: TypeReasonParams,
  ): Promise<void> {
    await this.connections.known(scope, connectionId);
    const type = await this.lists.type(scope, connectionId, appointmentTypeId);
    await this.reasons.unlink(scope, type, reasonId);
  }

  @Get('procedure-codes')
  @Allow('catalog:read')
  @ApiOperation({
    summary: 'The procedure codes that a practice system lists',
    description:
      'By code, as they were read last. Codes of reasons that are not among them are warnings of the status.',
  })
  @PageOf(PmsProcedureCodeView)
  async listCodes(
    @Tenant() scope: TenantScope,
    @Param() { connectionId }: SyncConnectionParams,
    @Query() query: PmsListQuery,
  ) {
    await this.connections.known(scope, connectionId);
    return mapPage(await this.lists.page(scope, connectionId, 'procedure_codes', query), procedureCodeView);
  }

  @Get('recalls')
  @Allow('patients:read')
  @ApiOperation({
    summary: 'Who is due again, by the recalls of a practice system',
    description: 'In the order of their days, from a year ago to a year ahead, as they were read last.',
  })
  @PageOf(RecallView)
  async listRecalls(
    @Tenant() scope: TenantScope,
    @Param() { connectionId }: SyncConnectionParams,
    @Query() query: RecallsQuery,
  ) {
    await this.connections.known(scope, connectionId);
    return mapPage(await this.due.page(scope, connectionId, query), recallView);
  }
}
