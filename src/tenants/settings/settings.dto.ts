import { ApiProperty } from '@nestjs/swagger';
import { Int, Nested, ResettableOf } from '../../http/index.js';
import { LEVELS, type SettingsSources } from './practice-settings.js';
import { BrandFields, MessagesFields, SchedulingFields, WidgetFields } from './settings-fields.js';

class PatchScheduling extends ResettableOf(SchedulingFields) {}
class PatchBrand extends ResettableOf(BrandFields) {}
class PatchWidget extends ResettableOf(WidgetFields) {}
class PatchMessages extends ResettableOf(MessagesFields) {}

/** What is left out stays; null takes the own value away, so that the inherited one holds. */
export class PatchSettings {
  @Nested(() => PatchScheduling, { optional: true })
  scheduling?: PatchScheduling;

  @Nested(() => PatchBrand, { optional: true })
  brand?: PatchBrand;

  @Nested(() => PatchWidget, { optional: true })
  widget?: PatchWidget;

  @Nested(() => PatchMessages, { optional: true })
  messages?: PatchMessages;
}

export class SettingsView {
  @Nested(() => SchedulingFields)
  scheduling!: SchedulingFields;

  @Nested(() => BrandFields)
  brand!: BrandFields;

  @Nested(() => WidgetFields)
  widget!: WidgetFields;

  @Nested(() => MessagesFields)
  messages!: MessagesFields;

  @ApiProperty({
    type: 'object',
    description: 'For each field of each section the level that its value comes from',
    additionalProperties: {
      type: 'object',
      additionalProperties: { type: 'string', enum: [...LEVELS] },
    },
    example: { scheduling: { holdMinutes: 'platform' }, brand: { name: 'practice' } },
  })
  sources!: SettingsSources;

  @Int({ min: 1, max: 1_000_000_000 })
  version!: number;
}
