import { Bool, CalendarDate, Int, NestedList, WallTime } from '../../../http/index.js';
import type { ScheduleException, WallSpan, Weekday } from '../provider.schema.js';

const MAX_SPANS = 24;

export class WallSpanDto implements WallSpan {
  @WallTime()
  start!: string;

  @WallTime({ example: '17:00', description: '`24:00` ends the day' })
  end!: string;
}

export class WeekdayDto implements Weekday {
  @Int({ min: 0, max: 6, description: '0 is Sunday' })
  weekday!: number;

  @Bool({ description: 'False: never offered on this weekday' })
  on!: boolean;

  @NestedList(() => WallSpanDto, {
    maxItems: MAX_SPANS,
    description: "Hours where the practice system gives none for a day; empty: the location's opening hours",
  })
  hours!: WallSpanDto[];

  @NestedList(() => WallSpanDto, { maxItems: MAX_SPANS, description: 'Never offered' })
  blocked!: WallSpanDto[];
}

/** Exactly one of `off`, `hours` and `blocked`. */
export class ScheduleExceptionDto implements Pick<ScheduleException, 'date'> {
  @CalendarDate()
  date!: string;

  @Bool({ optional: true, nullable: true, description: 'True: the whole day' })
  off?: true | null;

  @NestedList(() => WallSpanDto, {
    maxItems: MAX_SPANS,
    optional: true,
    nullable: true,
    description: "In place of the weekday's hours",
  })
  hours?: WallSpanDto[] | null;

  @NestedList(() => WallSpanDto, {
    maxItems: MAX_SPANS,
    optional: true,
    nullable: true,
    description: "Beside the weekday's blocked times",
  })
  blocked?: WallSpanDto[] | null;
}
