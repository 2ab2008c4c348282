export {
  contains,
  intersect,
  normalise,
  startsWithin,
  subtract,
  union,
  type Interval,
  type Intervals,
} from './intervals.js';
export type { Blockout, Busy, Claim, DayInput, DayProvider, DayResource, ReasonRule, SlotCandidate } from './model.js';
export { firstSlot, slotsOfDay } from './slots.js';
export { claimsOf, MINUTES_PER_MARK, visitOf, type Visit } from './visit.js';
