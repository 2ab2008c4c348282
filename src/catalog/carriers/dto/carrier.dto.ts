import { IntersectionType } from '@nestjs/swagger';
import { AnswerOf, Id, Int, NestedList, OneOf, QueryNumber, Stamps, Text, TextList } from '../../../http/index.js';
import { ForeignView, ItemFields } from '../../shared/item.dto.js';
import { CARRIER_STATUSES, type CarrierStatus } from '../carrier.schema.js';

export class CreateCarrier extends ItemFields {
  @Text({ max: 120, example: 'Delta Dental' })
  name!: string;

  @Text({ max: 40, optional: true, nullable: true, description: 'Its payer id in claims' })
  payerId?: string | null;

  @OneOf(CARRIER_STATUSES, { optional: true, default: 'accepted' })
  status?: CarrierStatus;

  @TextList({ max: 120, maxItems: 30, optional: true, description: 'Other names that patients type' })
  aliases?: string[];
}

export class CarrierView extends IntersectionType(AnswerOf(CreateCarrier), Stamps) {
  @Id('carrier')
  id!: string;

  @NestedList(() => ForeignView, { maxItems: 1_000, description: 'Its records in practice systems' })
  foreign!: ForeignView[];
}

export class SuggestionsQuery {
  @Text({ max: 80, optional: true, description: 'The beginning of a word of the name' })
  q?: string;

  @QueryNumber()
  @Int({ min: 1, max: 100, optional: true, default: 20 })
  limit: number = 20;
}

export class CarrierSuggestions {
  @TextList({ max: 120, maxItems: 100 })
  data!: string[];
}
