import { Controller } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Commands } from '../../http/index.js';
import { crudRoutes } from '../shared/crud.controller.js';
import { viewOf } from '../shared/view.js';
import { CreateReferrer, ReferrerView } from './dto/referrer.dto.js';
import type { Referrer } from './referrer.schema.js';
import { ReferrerService } from './referrer.service.js';

@ApiTags('referrers')
@Controller('v1/referrers')
export class ReferrersController extends crudRoutes<Referrer, ReferrerView>({
  kind: 'referrer',
  create: CreateReferrer,
  view: ReferrerView,
}) {
  constructor(service: ReferrerService, commands: Commands) {
    super(service, commands);
  }

  override view(referrer: Referrer): ReferrerView {
    return viewOf(referrer);
  }
}
