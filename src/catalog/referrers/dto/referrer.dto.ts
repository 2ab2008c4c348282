import { IntersectionType } from '@nestjs/swagger';
import { AnswerOf, Id, Stamps, Text } from '../../../http/index.js';
import { ItemFields } from '../../shared/item.dto.js';

export class CreateReferrer extends ItemFields {
  @Text({ max: 120, example: 'A friend told me' })
  label!: string;
}

export class ReferrerView extends IntersectionType(AnswerOf(CreateReferrer), Stamps) {
  @Id('referrer')
  id!: string;
}
