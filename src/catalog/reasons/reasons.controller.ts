import { Controller, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CONFIG, type Config } from '../../config/index.js';
import { Commands } from '../../http/index.js';
import type { TenantScope } from '../../kernel/index.js';
import { crudRoutes } from '../shared/crud.controller.js';
import { viewOf } from '../shared/view.js';
import { CreateReason, ReasonView } from './dto/reason.dto.js';
import type { Reason } from './reason.schema.js';
import { ReasonService } from './reason.service.js';
import { bookingLink } from './slug.js';

@ApiTags('reasons')
@Controller('v1/reasons')
export class ReasonsController extends crudRoutes<Reason, ReasonView>({
  kind: 'reason',
  create: CreateReason,
  view: ReasonView,
}) {
  constructor(
    service: ReasonService,
    commands: Commands,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    super(service, commands);
  }

  override view(reason: Reason, scope: TenantScope): ReasonView {
    return {
      ...viewOf(reason),
      pmsTypes: reason.pmsTypes ?? [],
      bookingLink: bookingLink(this.config.BASE_URL, scope.tenantId, reason.slug),
    };
  }
}
