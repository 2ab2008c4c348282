import { IntersectionType } from '@nestjs/swagger';
import { AnswerOf, Bool, Id, Nested, Stamps, Text } from '../../../http/index.js';
import { CatalogQuery } from '../../shared/crud.controller.js';
import { ForeignView, ItemFields, staffEditedField } from '../../shared/item.dto.js';

export class CreateOperatory extends ItemFields {
  @Text({ max: 120, example: 'Operatory 1' })
  name!: string;

  @Text({ max: 20, optional: true, nullable: true, example: 'OP1' })
  shortName?: string | null;

  @Id('location')
  locationId!: string;

  @Bool({ optional: true, default: false, description: 'Meant for hygiene visits' })
  hygiene?: boolean;
}

export class OperatoryView extends IntersectionType(AnswerOf(CreateOperatory), Stamps) {
  @Id('operatory')
  id!: string;

  @Nested(() => ForeignView, { nullable: true, description: 'The record of the practice system' })
  foreign!: ForeignView | null;

  @Text({ max: 200, nullable: true, description: 'The name in the practice system' })
  pmsName!: string | null;

  @staffEditedField()
  staffEdited!: string[];
}

export class OperatoryQuery extends CatalogQuery {
  @Id('location', { optional: true, description: 'Those at this location' })
  locationId?: string;
}
