import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Allow, Tenant } from '../../http/index.js';
import type { TenantScope } from '../../kernel/index.js';
import { GroupSearch } from './group-search.js';
import { OptionDaysView, optionDaysView, SearchGroups, SearchSeries } from './search.dto.js';
import { seriesQuery } from './series-query.js';

@ApiTags('availability')
@Controller('v1/availability')
export class GroupSearchController {
  constructor(private readonly search: GroupSearch) {}

  @Post('groups')
  @HttpCode(200)
  @Allow('schedule:read')
  @ApiOperation({
    operationId: 'searchGroups',
    summary: 'Times for several patients who come together, in parallel chairs or one after the other',
    description: 'Hold the slots of one option with `POST /v1/holds/groups`.',
  })
  @ApiOkResponse({ type: OptionDaysView })
  async groups(@Tenant() scope: TenantScope, @Body() body: SearchGroups): Promise<OptionDaysView> {
    return optionDaysView(await this.search.groups(scope, body));
  }

  @Post('series')
  @HttpCode(200)
  @Allow('schedule:read')
  @ApiOperation({
    operationId: 'searchSeries',
    summary: 'Times for several visits of one patient with days between them',
    description:
      'Keeps to the provider, the weekday and the time of the first visit as far as it can. Hold the slots of one option with `POST /v1/holds/groups`.',
  })
  @ApiOkResponse({ type: OptionDaysView })
  async series(@Tenant() scope: TenantScope, @Body() body: SearchSeries): Promise<OptionDaysView> {
    return optionDaysView(await this.search.series(scope, seriesQuery(body)));
  }
}
