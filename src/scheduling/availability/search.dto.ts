import { PATIENT_TYPES } from '../../catalog/index.js';
import { Bool, CalendarDate, Id, IdList, Int, NestedList, OneOf, Weekdays, WallTime } from '../../http/index.js';

/** Wall times between which a visit starts. */
export class WantedTimes {
  @WallTime()
  start!: string;

  @WallTime({ example: '12:00', description: 'Not included' })
  end!: string;
}

/** What to look for, over several reasons, providers and locations. */
export class SlotSearch {
  @IdList('reason', { minItems: 1, maxItems: 10 })
  reasonIds!: string[];

  @IdList('provider', { optional: true, minItems: 1, maxItems: 200, description: 'Only these providers' })
  providerIds?: string[];

  @IdList('location', { optional: true, minItems: 1, maxItems: 50, description: 'Only these locations' })
  locationIds?: string[];

  @CalendarDate({ optional: true, description: 'First local day; today when left out' })
  from?: string;

  @Int({ min: 1, max: 31, optional: true, default: 7 })
  days: number = 7;

  @Weekdays({ optional: true, example: [1, 3], description: 'Only these days of the week; 0 is Sunday' })
  weekdays?: number[];

  @NestedList(() => WantedTimes, {
    optional: true,
    minItems: 1,
    maxItems: 10,
    description: 'Only starts in these hours',
  })
  times?: WantedTimes[];

  @OneOf(PATIENT_TYPES, { optional: true })
  patientType?: 'new' | 'returning';

  @CalendarDate({ optional: true, description: 'For rules of age, which count on the day of the visit' })
  dateOfBirth?: string;

  @Bool({
    optional: true,
    description: "Each start once a location, with the provider whom the practice's rule assigns",
  })
  anyProvider?: boolean;

  @Id('appointment', { optional: true, description: 'An appointment that is to be moved: its own time counts as free' })
  rescheduleOf?: string;
}
