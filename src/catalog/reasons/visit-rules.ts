import type { FieldError } from '../../kernel/index.js';
import { merged } from '../shared/catalog-service.js';
import { refuse } from '../shared/references.js';
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

type Length = Pick<Reason, 'durationMinutes' | 'pattern'>;

/** Exactly one of duration and pattern holds; giving one takes the place of the other. */
export function lengthFaults(fields: Length, given: Partial<Length>): FieldError[] {
  if (given.pattern != null && given.durationMinutes == null) fields.durationMinutes = null;
  if (given.durationMinutes != null && given.pattern == null) fields.pattern = null;
  const has = [fields.durationMinutes, fields.pattern].filter((value) => value !== null).length;
  if (has === 1) return [];
  const detail = 'give exactly one of durationMinutes and pattern';
  return [{ pointer: has === 2 ? '/pattern' : '/durationMinutes', code: 'one_of', detail }];
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

/** What of a reason decides which slots it has. */
export type ReasonTimes = Partial<
  Pick<Reason, 'durationMinutes' | 'pattern' | 'buffers' | 'stepMinutes' | 'minGapMinutes'>
>;

/** The reason as it would be; throws 400 where a PATCH with these members would. */
export function revisedReason(reason: Reason, given: ReasonTimes): Reason {
  const revised = merged(reason, null, { ...given, buffers: plainBuffers(given.buffers) });
  refuse([...lengthFaults(revised, given), ...assistFaults(revised)]);
  return revised;
}
