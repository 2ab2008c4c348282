import { PATIENT_TYPES } from '../../catalog/index.js';
import { CalendarDate, Id, Instant, Int, NestedList, Nested, OneOf, QueryNumber } from '../../http/index.js';
import { SlotView } from '../shared-views.js';

/** What to look for. */
export class SlotSearchQuery {
  @Id('reason')
  reasonId!: string;

  @Id('provider', { optional: true, description: 'Only this provider' })
  providerId?: string;

  @Id('location', { optional: true, description: 'Only this location' })
  locationId?: string;

  @CalendarDate({ optional: true, description: 'First local day; today when left out' })
  from?: string;

  @QueryNumber()
  @Int({ min: 1, max: 31, optional: true, default: 7 })
  days: number = 7;

  @OneOf(PATIENT_TYPES, { optional: true })
  patientType?: 'new' | 'returning';

  @CalendarDate({ optional: true, description: 'For reasons with an age rule' })
  dateOfBirth?: string;
}

export class AvailabilityQuery extends SlotSearchQuery {
  @Id('appointment', { optional: true, description: 'An appointment that is to be moved: its own time counts as free' })
  rescheduleOf?: string;
}

export class DayView {
  @CalendarDate()
  date!: string;

  @NestedList(() => SlotView, { maxItems: 2_000 })
  slots!: SlotView[];
}

export class SlotDaysView {
  @NestedList(() => DayView, { maxItems: 31 })
  days!: DayView[];

  @Nested(() => SlotView, { nullable: true, description: 'First slot in or after these days, within 180 days' })
  nextAvailable!: SlotView | null;

  @Instant({ description: "As old as the oldest news from the practice's system" })
  asOf!: string;
}
