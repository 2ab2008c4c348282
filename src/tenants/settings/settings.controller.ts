import { Body, Controller, Get, Patch, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Agency, Allow, AllowAgency, IfMatch, Tenant, withEtag } from '../../http/index.js';
import type { AgencyScope, TenantScope } from '../../kernel/index.js';
import type { SettingsPatch } from './practice-settings.js';
import { PatchSettings, SettingsView } from './settings.dto.js';
import { Settings } from './settings.service.js';

@ApiTags('settings')
@Controller('v1')
export class SettingsController {
  constructor(private readonly settings: Settings) {}

  @Get('settings')
  @Allow('practice:read')
  @ApiOperation({ summary: 'The settings that hold for the practice, inherited ones included' })
  @ApiOkResponse({ type: SettingsView })
  async get(@Tenant() scope: TenantScope, @Res({ passthrough: true }) response: Response): Promise<SettingsView> {
    const { settings, version } = await this.settings.read(scope);
    return withEtag(response, { ...settings, version });
  }

  @Patch('settings')
  @Allow('practice:write')
  @ApiOperation({ summary: 'Change settings of the practice; what is not named stays' })
  @ApiOkResponse({ type: SettingsView })
  async patch(
    @Tenant() scope: TenantScope,
    @Body() body: PatchSettings,
    @IfMatch() ifVersion: number | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SettingsView> {
    const { settings, version } = await this.settings.change(scope, body as SettingsPatch, ifVersion);
    return withEtag(response, { ...settings, version });
  }

  @Get('agencies/current/settings')
  @AllowAgency('agency:read')
  @ApiOperation({ summary: "The agency's settings, which its practices inherit" })
  @ApiOkResponse({ type: SettingsView })
  async getAgency(@Agency() agency: AgencyScope): Promise<SettingsView> {
    return { ...(await this.settings.ofAgency(agency)), version: 1 };
  }

  @Patch('agencies/current/settings')
  @AllowAgency('agency:write')
  @ApiOperation({ summary: "Change the agency's settings" })
  @ApiOkResponse({ type: SettingsView })
  async patchAgency(@Agency() agency: AgencyScope, @Body() body: PatchSettings): Promise<SettingsView> {
    return { ...(await this.settings.changeAgency(agency, body as SettingsPatch)), version: 1 };
  }
}
