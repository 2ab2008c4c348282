import { PATIENT_TYPES } from '../../catalog/index.js';
import {
  Bool,
  CalendarDate,
  Id,
  Instant,
  Int,
  NestedList,
  Nested,
  OneOf,
  QueryBool,
  QueryNumber,
} from '../../http/index.js';
import { SlotView } from '../shared-views.js';

/** What to look for, whatever the days. */
export class ReasonQuery {
  @Id('reason')
  reasonId!: string;

  @Id('provider', { optional: true, description: 'Only this provider' })
  providerId?: string;

  @Id('location', { optional: true, description: 'Only this location' })
  locationId?: string;

  @CalendarDate({ optional: true, description: 'First local day; today when left out' })
  from?: string;

  @OneOf(PATIENT_TYPES, { optional: true })
  patientType?: 'new' | 'returning';

  @CalendarDate({ optional: true, description: 'For rules of age, which count on the day of the visit' })
  dateOfBirth?: string;

  @QueryBool()
  @Bool({
    optional: true,
    description:
      "Each start once, with the provider whom the practice's rule assigns. Default: true when patients may not choose the provider",
  })
  anyProvider?: boolean;
}

/** What to look for. */
export class SlotSearchQuery extends ReasonQuery {
  @QueryNumber()
  @Int({ min: 1, max: 31, optional: true, default: 7 })
  days: number = 7;
}

export class AvailabilityQuery extends SlotSearchQuery {
  @Id('appointment', { optional: true, description: 'An appointment that is to be moved: its own time counts as free' })
  rescheduleOf?: string;
}

export class NextQuery extends ReasonQuery {
  @Id('appointment', { optional: true, description: 'An appointment that is to be moved: its own time counts as free' })
  rescheduleOf?: string;
}

export class DayCountsQuery extends ReasonQuery {
  @QueryNumber()
  @Int({ min: 1, max: 62, optional: true, default: 31 })
  days: number = 31;
}

/** How fresh the answer is at one location. */
export class SourceView {
  @Id('location')
  locationId!: string;

  @Instant({ nullable: true, description: 'Oldest news of the practice system; null: none feeds this location' })
  asOf!: string | null;
}

export class Freshness {
  @Instant({ description: "As old as the oldest news from the practice's systems" })
  asOf!: string;

  @NestedList(() => SourceView, { maxItems: 100 })
  sources!: SourceView[];
}

export class DayView {
  @CalendarDate()
  date!: string;

  @NestedList(() => SlotView, { maxItems: 100_000 })
  slots!: SlotView[];
}

export class SlotDaysView extends Freshness {
  @NestedList(() => DayView, { maxItems: 31 })
  days!: DayView[];

  @Nested(() => SlotView, { nullable: true, description: 'First slot in or after these days, within 180 days' })
  nextAvailable!: SlotView | null;
}

export class NextView extends Freshness {
  @Nested(() => SlotView, { nullable: true, description: 'First slot within 180 days; null when there is none' })
  nextAvailable!: SlotView | null;
}

export class DayCountView {
  @CalendarDate()
  date!: string;

  @Int({ min: 0, max: 1_500, description: 'Times of the day at which a visit can start' })
  starts!: number;
}

export class DayCountsView extends Freshness {
  @NestedList(() => DayCountView, { maxItems: 62 })
  days!: DayCountView[];
}
