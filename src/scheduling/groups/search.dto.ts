import { PATIENT_TYPES } from '../../catalog/index.js';
import { CalendarDate, Id, IdList, Instant, Int, Nested, NestedList, OneOf } from '../../http/index.js';
import { formatInstant } from '../../kernel/index.js';
import { Freshness } from '../availability/availability.dto.js';
import { freshnessView, slotView } from '../availability/slot-view.js';
import { ARRANGEMENTS, type Arrangement } from '../combine/index.js';
import { SlotView } from '../shared-views.js';
import type { OptionDays } from './group-search.js';

/** Visits that one search puts together at most. */
export const MOST_MEMBERS = 6;
export const MOST_IN_SERIES = 12;

/** Where and when the first visit may be. */
class OptionSearch {
  @IdList('location', { optional: true, minItems: 1, maxItems: 50, description: 'Only these locations' })
  locationIds?: string[];

  @CalendarDate({ optional: true, description: 'First local day; today when left out' })
  from?: string;

  @Int({ min: 1, max: 31, optional: true, default: 7 })
  days: number = 7;

  @Int({
    min: 1,
    max: 50,
    optional: true,
    default: 10,
    description: 'When a day has more, these are spread evenly over it',
  })
  optionsPerDay: number = 10;
}

class GroupMember {
  @Id('reason')
  reasonId!: string;

  @Id('provider', { optional: true, description: 'Only this provider' })
  providerId?: string;

  @OneOf(PATIENT_TYPES, { optional: true })
  patientType?: 'new' | 'returning';

  @CalendarDate({ optional: true, description: 'For rules of age, which count on the day of the visit' })
  dateOfBirth?: string;
}

/** Visits of several patients on one day at one location. */
export class SearchGroups extends OptionSearch {
  @NestedList(() => GroupMember, { minItems: 2, maxItems: MOST_MEMBERS })
  members!: GroupMember[];

  @OneOf(ARRANGEMENTS, {
    optional: true,
    default: 'together',
    description:
      'parallel: all begin within maxWaitMinutes of the first. adjacent: one after the other. together: either, or mixed',
  })
  arrangement: Arrangement = 'together';

  @Int({ min: 0, max: 240, optional: true, default: 15, description: 'Between one visit and the next' })
  maxWaitMinutes: number = 15;
}

class SeriesVisit {
  @Id('reason')
  reasonId!: string;

  @Id('provider', { optional: true, description: 'Only this provider' })
  providerId?: string;

  @Int({ min: 1, max: 365, optional: true, description: 'Days after the visit before; of all but the first' })
  afterDays?: number;

  @Int({ min: 0, max: 30, optional: true, default: 0, description: 'Days earlier or later that will do as well' })
  toleranceDays?: number;
}

class Repeat {
  @Id('reason')
  reasonId!: string;

  @Id('provider', { optional: true, description: 'Only this provider' })
  providerId?: string;

  @Int({ min: 1, max: 26, description: 'A visit every so many weeks' })
  weeks!: number;

  @Int({ min: 2, max: MOST_IN_SERIES, description: 'Visits in all' })
  count!: number;

  @Int({ min: 0, max: 30, optional: true, default: 0, description: 'Days earlier or later that will do as well' })
  toleranceDays?: number;
}

/** Visits of one patient with days between them: `visits`, or `every` for the same visit again and again. */
export class SearchSeries extends OptionSearch {
  @NestedList(() => SeriesVisit, { optional: true, minItems: 2, maxItems: MOST_IN_SERIES })
  visits?: SeriesVisit[];

  @Nested(() => Repeat, { optional: true })
  every?: Repeat;

  @OneOf(PATIENT_TYPES, { optional: true })
  patientType?: 'new' | 'returning';

  @CalendarDate({ optional: true, description: 'For rules of age, which count on the day of each visit' })
  dateOfBirth?: string;
}

class OptionView {
  @Id('location')
  locationId!: string;

  @Instant({ description: 'When the first visit starts' })
  start!: string;

  @Instant({ description: 'When the last visit ends' })
  end!: string;

  @NestedList(() => SlotView, {
    maxItems: MOST_IN_SERIES,
    description: 'One for each visit, in the order of the request',
  })
  slots!: SlotView[];
}

class OptionDayView {
  @CalendarDate({ description: 'Local day of the first visit' })
  date!: string;

  @NestedList(() => OptionView, { maxItems: 50, description: 'By their start' })
  options!: OptionView[];
}

/** Slots that can be had together. */
export class OptionDaysView extends Freshness {
  @NestedList(() => OptionDayView, { maxItems: 31 })
  days!: OptionDayView[];
}

export function optionDaysView({ days, ...fresh }: OptionDays): OptionDaysView {
  return {
    days: days.map(({ date, options }) => ({
      date,
      options: options.map(({ locationId, slots }) => ({
        locationId,
        start: formatInstant(Math.min(...slots.map(({ start }) => start))),
        end: formatInstant(Math.max(...slots.map(({ end }) => end))),
        slots: slots.map(slotView),
      })),
    })),
    ...freshnessView(fresh),
  };
}
