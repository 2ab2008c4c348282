export { ASSIGNMENTS, ranked, type Assignment } from './assignment.js';
export { explain, type Finding, type Obstacle } from './explain.js';
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
export type {
  Assist,
  AssistRule,
  Audience,
  Blockout,
  Buffers,
  Busy,
  Claim,
  DayInput,
  DayProvider,
  DayResource,
  Opening,
  Quota,
  ReasonRule,
  SlotCandidate,
} from './model.js';
export { DayPlan } from './plan.js';
export { firstSlot, openingsOfDay, slotsOfDay } from './slots.js';
export { claimsOf, MINUTES_PER_MARK, visitOf, type Visit, type VisitShape } from './visit.js';
