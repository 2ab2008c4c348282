import { ApiProperty } from '@nestjs/swagger';
import { OneOf, Text, TextList } from '../../http/index.js';

export class PluginView {
  @Text({ max: 40 })
  id!: string;

  @OneOf(['pms', 'notification', 'payment'])
  kind!: string;

  @Text({ max: 120 })
  name!: string;

  @Text({ max: 20, example: '1.0.0' })
  version!: string;

  @ApiProperty({ type: 'object', additionalProperties: true, description: 'What it can do; depends on the kind' })
  capabilities!: object;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: "JSON Schema 2020-12 of a connection's `config`: the rules, and the titles and texts for a form",
  })
  configSchema!: object;

  @TextList({ max: 60, maxItems: 50, description: 'Properties of the config that are never shown again' })
  secrets!: string[];
}

export class PluginListView {
  @ApiProperty({ type: () => PluginView, isArray: true, maxItems: 500 })
  data!: PluginView[];
}
