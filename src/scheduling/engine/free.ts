import { intersect, normalise, startsWithin, subtract, type Intervals } from './intervals.js';
import type { DayResource, ReasonRule } from './model.js';
import type { Visit } from './visit.js';

/** Where a resource can serve the reason: its hours within the day, less what is busy and less others' blockouts. */
function freeTime(resource: DayResource, rule: ReasonRule, dayLength: number): Intervals {
  const closed = resource.blockouts.filter(({ type }) => !rule.blockoutTypes.includes(type));
  const taken = resource.allowOverlap ? closed : [...resource.busy, ...closed];
  const hours = intersect(normalise(resource.hours), [{ start: 0, end: dayLength }]);
  return subtract(hours, normalise(taken));
}

/** Starts at which the provider is free whenever the visit needs it. */
export function providerStarts(provider: DayResource, rule: ReasonRule, visit: Visit, dayLength: number): Intervals {
  const free = freeTime(provider, rule, dayLength);
  let starts = startsWithin([{ start: 0, end: dayLength }], 0, visit.duration);
  for (const run of visit.providerRuns) {
    starts = intersect(starts, startsWithin(free, run.start, run.end - run.start));
  }
  return starts;
}

/** Starts at which the operatory is free for the whole visit. */
export function operatoryStarts(operatory: DayResource, rule: ReasonRule, visit: Visit, dayLength: number): Intervals {
  return startsWithin(freeTime(operatory, rule, dayLength), 0, visit.duration);
}

/** Starts from which the whole visit lies in blockouts kept for the reason, the provider's and the operatory's taken together. */
export function keptStarts(pair: readonly DayResource[], rule: ReasonRule, visit: Visit): Intervals {
  const kept = pair.flatMap(({ blockouts }) => blockouts.filter(({ type }) => rule.blockoutTypes.includes(type)));
  return startsWithin(normalise(kept), 0, visit.duration);
}
