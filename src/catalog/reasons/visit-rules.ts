import type { FieldError } from '../../kernel/index.js';
import { visitMinutes } from '../snapshot/eligibility.js';
import type { Reason, ReasonAssist, ReasonBuffers } from './reason.schema.js';

/** As it is stored; undefined when it was not given. */
export function plainBuffers(buffers: ReasonBuffers | null | undefined): ReasonBuffers | null | undefined {
  if (!buffers) return buffers;
  const { beforeMinutes, afterMinutes, on, pastHours } = buffers;
  return { beforeMinutes, afterMinutes, on, pastHours };
}

export function plainAssist(assist: ReasonAssist | null | undefined): ReasonAssist | null | undefined {
  if (!assist) return assist;
  const { providerIds, minutes, fromMinute, toMinute } = assist;
  return { providerIds: [...providerIds], minutes, fromMinute, toMinute };
}

/** The assist lies inside the visit, and no visit needs its own provider to assist. */
export function assistFaults(
  reason: Pick<Reason, 'assist' | 'durationMinutes' | 'pattern' | 'providerIds'>,
): FieldError[] {
  const { assist } = reason;
  if (!assist) return [];
  const length = visitMinutes(reason);
  const faults: FieldError[] = [];
  if (assist.toMinute > length) {
    const detail = `must not be more than the length of the visit (${length})`;
    faults.push({ pointer: '/assist/toMinute', code: 'range', detail });
  }
  if (assist.fromMinute + assist.minutes > assist.toMinute) {
    const detail = `must leave room for ${assist.minutes} minutes before toMinute (${assist.toMinute})`;
    faults.push({ pointer: '/assist/fromMinute', code: 'range', detail });
  }
  if (reason.providerIds.some((id) => assist.providerIds.every((other) => other === id))) {
    const detail = 'must name somebody beside the provider of the visit: nobody assists in their own visit';
    faults.push({ pointer: '/assist/providerIds', code: 'same_provider', detail });
  }
  return faults;
}
