import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, Bool, NestedList, Tenant, Text, TextList } from '../../http/index.js';
import type { TenantScope } from '../../kernel/index.js';
import { SetupSteps } from './setup.js';

class SetupStepView {
  @Text({ max: 30 })
  id!: string;

  @Text({ max: 80 })
  title!: string;

  @Text({ max: 120, description: 'Where the step is done' })
  path!: string;

  @Bool()
  done!: boolean;

  @TextList({ max: 300, maxItems: 20, description: 'What is missing, in words' })
  missing!: string[];

  @TextList({ max: 300, maxItems: 1_000, description: 'What may be meant so but often is not; holds nothing up' })
  warnings!: string[];
}

class SetupView {
  @Bool({ description: 'The widget is open' })
  live!: boolean;

  @NestedList(() => SetupStepView, { maxItems: 20 })
  steps!: SetupStepView[];
}

@ApiTags('setup')
@Controller('v1/setup')
export class SetupController {
  constructor(private readonly setup: SetupSteps) {}

  @Get()
  @Allow('practice:read')
  @ApiOperation({ summary: 'The set-up, step by step, with what is missing' })
  @ApiOkResponse({ type: SetupView })
  get(@Tenant() scope: TenantScope): Promise<SetupView> {
    return this.setup.checklist(scope);
  }

  @Post('go-live')
  @HttpCode(200)
  @Allow('practice:write')
  @ApiOperation({
    operationId: 'goLive',
    summary: 'Open the widget',
    description: '409 `setup_incomplete` names what is missing.',
  })
  @ApiOkResponse({ type: SetupView })
  async goLive(@Tenant() scope: TenantScope): Promise<SetupView> {
    await this.setup.goLive(scope);
    return this.setup.checklist(scope);
  }
}
