import { Controller } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Commands } from '../../http/index.js';
import type { Filter } from '../../persistence/index.js';
import { crudRoutes } from '../shared/crud.controller.js';
import { viewOf } from '../shared/view.js';
import { CreateOperatory, OperatoryQuery, OperatoryView } from './dto/operatory.dto.js';
import type { Operatory } from './operatory.schema.js';
import { OperatoryService } from './operatory.service.js';

@ApiTags('operatories')
@Controller('v1/operatories')
export class OperatoriesController extends crudRoutes<Operatory, OperatoryView>({
  kind: 'operatory',
  create: CreateOperatory,
  view: OperatoryView,
  query: OperatoryQuery,
}) {
  constructor(service: OperatoryService, commands: Commands) {
    super(service, commands);
  }

  override view(operatory: Operatory): OperatoryView {
    return viewOf(operatory);
  }

  override filter(query: OperatoryQuery): Filter<Operatory> {
    return {
      ...super.filter(query),
      ...(query.locationId === undefined ? {} : { locationId: query.locationId }),
    } as Filter<Operatory>;
  }
}
