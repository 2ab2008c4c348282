import { Body, Controller, Get, Patch, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Agency, Allow, AllowAgency, IfMatch, Tenant, withEtag } from '../../http/index.js';
import type { AgencyScope, TenantScope } from '../../kernel/index.js';
import type { SettingsChange } from './practice-settings.js';
import { PatchSettings, SettingsView } from './settings.dto.js';
import { Settings, type SettingsReading } from './settings.service.js';

@ApiTags('settings')
@Controller('v1')
export class SettingsController {
  constructor(private readonly settings: Settings) {}

  @Get('settings')
  @Allow('practice:read')
  @ApiOperation({
    summary: 'The settings that hold for the practice',
    description: 'Platform, agency and practice laid over each other; `sources` says which level gave each value.',
  })
  @ApiOkResponse({ type: SettingsView })
  async get(@Tenant() scope: TenantScope, @Res({ passthrough: true }) response: Response): Promise<SettingsView> {
    return withEtag(response, view(await this.settings.read(scope)));
  }

  @Patch('settings')
  @Allow('practice:write')
  @ApiOperation({
    summary: 'Change settings of the practice',
    description: "What is not named stays; null takes the practice's own value away, so that the inherited one holds.",
  })
  @ApiOkResponse({ type: SettingsView })
  async patch(
    @Tenant() scope: TenantScope,
    @Body() body: PatchSettings,
    @IfMatch() ifVersion: number | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SettingsView> {
    return withEtag(response, view(await this.settings.change(scope, body as SettingsChange, ifVersion)));
  }

  @Get('agencies/current/settings')
  @AllowAgency('agency:read')
  @ApiOperation({ summary: "The agency's settings, which its practices inherit" })
  @ApiOkResponse({ type: SettingsView })
  async getAgency(
    @Agency() agency: AgencyScope,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SettingsView> {
    return withEtag(response, view(await this.settings.ofAgency(agency)));
  }

  @Patch('agencies/current/settings')
  @AllowAgency('agency:write')
  @ApiOperation({
    summary: "Change the agency's settings",
    description: "What is not named stays; null takes the agency's own value away, so that the platform's holds.",
  })
  @ApiOkResponse({ type: SettingsView })
  async patchAgency(
    @Agency() agency: AgencyScope,
    @Body() body: PatchSettings,
    @IfMatch() ifVersion: number | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SettingsView> {
    return withEtag(response, view(await this.settings.changeAgency(agency, body as SettingsChange, ifVersion)));
  }
}

function view({ settings, sources, version }: SettingsReading): SettingsView {
  return { ...settings, sources, version };
}
