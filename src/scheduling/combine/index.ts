export { cheaper, DaySlots, seriesFrom, type Series, type SeriesSlot, type SeriesStep } from './series.js';
export { Effort, seatAll, seatsOf, type Limit, type Member, type VisitTerms } from './table.js';
export { ARRANGEMENTS, groupsOfDay, spread, type Arrangement, type GroupWish } from './together.js';
