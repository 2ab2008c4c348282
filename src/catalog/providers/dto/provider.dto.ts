import { IntersectionType, OmitType } from '@nestjs/swagger';
import {
  AnswerOf,
  Bool,
  Color,
  Email,
  Id,
  IdList,
  Int,
  Nested,
  NestedList,
  OneOf,
  Phone,
  Stamps,
  Text,
  WebAddress,
} from '../../../http/index.js';
import { CatalogQuery } from '../../shared/crud.controller.js';
import { ForeignView, ItemFields, staffEditedField } from '../../shared/item.dto.js';
import { GENDERS, PROVIDER_ROLES, type Gender, type ProviderRole } from '../provider.schema.js';
import { ScheduleExceptionDto, WeekdayDto } from './schedule.dto.js';

const none = { optional: true, nullable: true } as const;

export class CreateProvider extends ItemFields {
  @Text({ max: 120, example: 'Dr. Ada Park', description: 'What patients see' })
  displayName!: string;

  @Text({ max: 80 })
  firstName!: string;

  @Text({ max: 80 })
  lastName!: string;

  @Text({ max: 40, ...none, example: 'DDS' })
  title?: string | null;

  @Email({ description: 'Gets the notices of bookings and cancellations' })
  email!: string;

  @Phone(none)
  phone?: string | null;

  @OneOf(PROVIDER_ROLES)
  role!: ProviderRole;

  @Text({ max: 120, ...none })
  specialty?: string | null;

  @Text({ max: 4_000, multiline: true, ...none })
  bio?: string | null;

  @OneOf(GENDERS, none)
  gender?: Gender | null;

  @Color(none)
  color?: string | null;

  @WebAddress(none)
  imageUrl?: string | null;

  @IdList('operatory', { maxItems: 100, description: 'At least one is needed to be booked' })
  operatoryIds!: string[];

  @IdList('location', { maxItems: 100, description: 'Where the provider works' })
  locationIds!: string[];

  @Bool({ optional: true, default: false, description: 'Offered although busy in another operatory at that time' })
  allowOverlap?: boolean;

  @NestedList(() => WeekdayDto, {
    minItems: 7,
    maxItems: 7,
    optional: true,
    description: 'Each weekday once. Only narrows the hours of the practice system. Default: every day, no limits',
  })
  weekdays?: WeekdayDto[];

  @NestedList(() => ScheduleExceptionDto, {
    maxItems: 400,
    optional: true,
    description: 'Dates that differ, each once',
  })
  exceptions?: ScheduleExceptionDto[];

  @Int({ min: 1, max: 200, ...none, description: 'Visits in a day as their provider. Null: no limit' })
  maxVisitsPerDay?: number | null;

  @Int({ min: 1, max: 1_000, ...none, description: 'Likewise in a week from Monday to Sunday' })
  maxVisitsPerWeek?: number | null;
}

export class ProviderView extends IntersectionType(
  class extends AnswerOf(OmitType(CreateProvider, ['email'])) {},
  Stamps,
) {
  @Id('provider')
  id!: string;

  @Email({ nullable: true, description: 'Null only while nobody has filled in what the import could not know' })
  email!: string | null;

  @Nested(() => ForeignView, { nullable: true, description: 'The record of the practice system' })
  foreign!: ForeignView | null;

  @Text({ max: 200, nullable: true, description: 'The name in the practice system' })
  pmsName!: string | null;

  @staffEditedField()
  staffEdited!: string[];
}

export class ProviderQuery extends CatalogQuery {
  @Id('location', { optional: true, description: 'Those who work there' })
  locationId?: string;
}
