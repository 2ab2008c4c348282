import { Controller } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Commands } from '../../http/index.js';
import type { Filter } from '../../persistence/index.js';
import { crudRoutes } from '../shared/crud.controller.js';
import { viewOf } from '../shared/view.js';
import { CreateProvider, ProviderQuery, ProviderView } from './dto/provider.dto.js';
import type { Provider } from './provider.schema.js';
import { ProviderService } from './provider.service.js';

@ApiTags('providers')
@Controller('v1/providers')
export class ProvidersController extends crudRoutes<Provider, ProviderView>({
  kind: 'provider',
  create: CreateProvider,
  view: ProviderView,
  query: ProviderQuery,
}) {
  constructor(service: ProviderService, commands: Commands) {
    super(service, commands);
  }

  override view(provider: Provider): ProviderView {
    return viewOf(provider);
  }

  override filter(query: ProviderQuery): Filter<Provider> {
    return {
      ...super.filter(query),
      ...(query.locationId === undefined ? {} : { locationIds: query.locationId }),
    } as Filter<Provider>;
  }
}
