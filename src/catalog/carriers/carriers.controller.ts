import { Body, Controller, Get, Patch, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Allow, Commands, IfMatch, Tenant, withEtag } from '../../http/index.js';
import type { TenantScope } from '../../kernel/index.js';
import { crudRoutes } from '../shared/crud.controller.js';
import { viewOf } from '../shared/view.js';
import type { Carrier } from './carrier.schema.js';
import { CarrierService } from './carrier.service.js';
import { CarrierSuggestions, CarrierView, CreateCarrier, SuggestionsQuery } from './dto/carrier.dto.js';
import { InsuranceSettingsView, PatchInsuranceSettings } from './dto/insurance.dto.js';
import type { InsuranceSettings } from './insurance-settings.schema.js';
import { InsuranceSettingsService, type GivenSettings } from './insurance-settings.service.js';
import { suggestCarriers } from './suggestions.js';

@ApiTags('carriers')
@Controller('v1/carriers/suggestions')
export class CarrierSuggestionsController {
  @Get()
  @Allow('catalog:read')
  @ApiOperation({
    summary: 'Well-known carriers to pick from',
    description: 'Names only; add what you take with POST.',
  })
  @ApiOkResponse({ type: CarrierSuggestions })
  list(@Query() query: SuggestionsQuery): CarrierSuggestions {
    return { data: suggestCarriers(query.q ?? '', query.limit) };
  }
}

@ApiTags('carriers')
@Controller('v1/carriers')
export class CarriersController extends crudRoutes<Carrier, CarrierView>({
  kind: 'carrier',
  create: CreateCarrier,
  view: CarrierView,
}) {
  constructor(service: CarrierService, commands: Commands) {
    super(service, commands);
  }

  override view(carrier: Carrier): CarrierView {
    return { ...viewOf(carrier), foreign: carrier.foreign ?? [] };
  }
}

@ApiTags('carriers')
@Controller('v1/insurance-settings')
export class InsuranceSettingsController {
  constructor(private readonly settings: InsuranceSettingsService) {}

  @Get()
  @Allow('catalog:read')
  @ApiOperation({ summary: 'How the practice asks about insurance' })
  @ApiOkResponse({ type: InsuranceSettingsView })
  async read(
    @Tenant() scope: TenantScope,
    @Res({ passthrough: true }) response: Response,
  ): Promise<InsuranceSettingsView> {
    return withEtag(response, settingsView(await this.settings.get(scope)));
  }

  @Patch()
  @Allow('catalog:write')
  @ApiOperation({ summary: 'Changes how the practice asks about insurance' })
  @ApiOkResponse({ type: InsuranceSettingsView })
  async change(
    @Tenant() scope: TenantScope,
    @IfMatch() ifVersion: number | undefined,
    @Body() body: PatchInsuranceSettings,
    @Res({ passthrough: true }) response: Response,
  ): Promise<InsuranceSettingsView> {
    const given = body as GivenSettings;
    return withEtag(response, settingsView(await this.settings.change(scope, given, ifVersion)));
  }
}

function settingsView(settings: InsuranceSettings): InsuranceSettingsView {
  const { _id: _, createdAt: __, updatedAt: ___, ...view } = settings;
  return view;
}
