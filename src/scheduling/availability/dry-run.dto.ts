import { BuffersDto, MultipleOf5, ScheduleExceptionDto, WeekdayDto } from '../../catalog/index.js';
import { CalendarDate, Id, IdList, Int, Nested, NestedList, Text } from '../../http/index.js';
import { OpeningExceptionFields, OpeningSpanFields } from '../../tenants/index.js';
import { TimeView } from '../shared-views.js';

const none = { optional: true, nullable: true } as const;

/** Other opening hours of a location. */
export class LocationChange {
  @Id('location')
  locationId!: string;

  @NestedList(() => OpeningSpanFields, { maxItems: 28, optional: true })
  hours?: OpeningSpanFields[];

  @NestedList(() => OpeningExceptionFields, { maxItems: 400, optional: true })
  exceptions?: OpeningExceptionFields[];
}

/** Another schedule of a provider. */
export class ProviderChange {
  @Id('provider')
  providerId!: string;

  @NestedList(() => WeekdayDto, { minItems: 7, maxItems: 7, optional: true, description: 'Each weekday once' })
  weekdays?: WeekdayDto[];

  @NestedList(() => ScheduleExceptionDto, { maxItems: 400, optional: true })
  exceptions?: ScheduleExceptionDto[];
}

/** Another length or other buffers of a reason. */
export class ReasonChange {
  @Id('reason')
  reasonId!: string;

  @MultipleOf5()
  @Int({ min: 5, max: 480, ...none, description: 'Takes the place of a pattern' })
  durationMinutes?: number | null;

  @Text({ max: 96, pattern: /^[X/]*X[X/]*$/, ...none, example: '/XX/', description: 'Takes the place of a duration' })
  pattern?: string | null;

  @Nested(() => BuffersDto, none)
  buffers?: BuffersDto | null;

  @MultipleOf5()
  @Int({ min: 5, max: 240, ...none })
  stepMinutes?: number | null;

  @Int({ min: 0, max: 120, ...none })
  minGapMinutes?: number | null;
}

/** A change to try, and for which slots. Nothing of it is saved. */
export class DryRun {
  @IdList('reason', { minItems: 1, maxItems: 10, description: 'Whose slots to compare' })
  reasonIds!: string[];

  @IdList('location', { optional: true, minItems: 1, maxItems: 50, description: 'Only these locations' })
  locationIds?: string[];

  @CalendarDate({ optional: true, description: 'First local day; today when left out' })
  from?: string;

  @Int({ min: 1, max: 31, optional: true, default: 14 })
  days: number = 14;

  @NestedList(() => LocationChange, { maxItems: 10, optional: true })
  locations?: LocationChange[];

  @NestedList(() => ProviderChange, { maxItems: 20, optional: true })
  providers?: ProviderChange[];

  @NestedList(() => ReasonChange, { maxItems: 10, optional: true })
  reasons?: ReasonChange[];
}

/** A slot that only one side has. */
export class SlotChangeView extends TimeView {
  @Id('reason')
  reasonId!: string;

  @Id('provider')
  providerId!: string;

  @Id('location')
  locationId!: string;
}

export class DayChangeView {
  @CalendarDate()
  date!: string;

  @Int({ min: 0, max: 100_000, description: 'Slots as it is' })
  before!: number;

  @Int({ min: 0, max: 100_000, description: 'Slots as it would be' })
  after!: number;

  @NestedList(() => SlotChangeView, { maxItems: 100_000 })
  appear!: SlotChangeView[];

  @NestedList(() => SlotChangeView, { maxItems: 100_000 })
  vanish!: SlotChangeView[];
}

export class DryRunView {
  @Int({ min: 0, max: 1_000_000, description: 'Slots of all days as it is' })
  before!: number;

  @Int({ min: 0, max: 1_000_000, description: 'Slots of all days as it would be' })
  after!: number;

  @NestedList(() => DayChangeView, { maxItems: 31, description: 'Only days on which something changes' })
  days!: DayChangeView[];
}
