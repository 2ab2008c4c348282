import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow } from '../../http/index.js';
import { PluginRegistry } from './plugin-registry.js';
import { PluginListView } from './plugins.dto.js';

@ApiTags('connections')
@Controller('v1/plugins')
export class PluginsController {
  constructor(private readonly registry: PluginRegistry) {}

  @Get()
  @Allow('connections:read')
  @ApiOperation({ summary: 'The plugins of this installation, with the form of their configuration' })
  @ApiOkResponse({ type: PluginListView })
  list(): PluginListView {
    const data = this.registry.list().map((plugin) => {
      const { id, kind, name, version, capabilities, configSchema, secrets } = plugin;
      return { id, kind, name, version, capabilities, configSchema, secrets: [...secrets] };
    });
    return { data };
  }
}
