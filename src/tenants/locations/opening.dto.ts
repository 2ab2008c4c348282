import { CalendarDate, Int, NestedList, WallTime } from '../../http/index.js';

export class OpeningSpanFields {
  @Int({ min: 0, max: 6, description: '0 is Sunday' })
  weekday!: number;

  @WallTime()
  start!: string;

  @WallTime({ example: '17:00' })
  end!: string;
}

class WallSpanFields {
  @WallTime()
  start!: string;

  @WallTime({ example: '17:00' })
  end!: string;
}

export class OpeningExceptionFields {
  @CalendarDate({ example: '2027-12-24' })
  date!: string;

  @NestedList(() => WallSpanFields, { maxItems: 12, description: "In place of the weekday's hours; empty: closed" })
  hours!: WallSpanFields[];
}
