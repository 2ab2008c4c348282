import { visitMinutes, type Reason } from '../../catalog/index.js';
import type { PracticeSettings } from '../../tenants/index.js';
import type { ReasonRule, VisitShape } from '../engine/index.js';

/** What a visit for a reason takes: the one place that the search, the holds and the bookings ask. */
export function shapeOf(reason: Pick<Reason, 'durationMinutes' | 'pattern' | 'buffers'>): VisitShape {
  const { buffers } = reason;
  return {
    durationMinutes: visitMinutes(reason),
    ...(reason.pattern === null ? {} : { pattern: reason.pattern }),
    ...(buffers
      ? {
          buffers: {
            before: buffers.beforeMinutes,
            after: buffers.afterMinutes,
            on: buffers.on,
            pastHours: buffers.pastHours,
          },
        }
      : {}),
  };
}

/** What a reason asks of a slot; what it leaves open, the practice says. `byStaff`: tidy gaps are no matter. */
export function ruleOf(reason: Reason, scheduling: PracticeSettings['scheduling'], byStaff = false): ReasonRule {
  const { assist } = reason;
  const minGapMinutes = byStaff ? 0 : (reason.minGapMinutes ?? scheduling.minGapMinutes);
  return {
    ...shapeOf(reason),
    stepMinutes: reason.stepMinutes ?? scheduling.stepMinutes,
    blockoutTypes: reason.blockoutTypes,
    operatoryIds: reason.operatoryIds,
    audience: { patientTypes: reason.patientTypes, minAge: reason.minAge, maxAge: reason.maxAge },
    ...(minGapMinutes > 0 ? { minGapMinutes } : {}),
    ...(assist ? { assist: { minutes: assist.minutes, from: assist.fromMinute, to: assist.toMinute } } : {}),
  };
}
