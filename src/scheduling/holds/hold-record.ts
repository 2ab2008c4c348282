import { localDateOf, zoneId } from '../../kernel/index.js';
import type { Slot } from '../availability/query.js';
import type { HoldRecord } from '../book/page.schema.js';

const MINUTE_MS = 60_000;

export interface HoldOwner {
  /** Widget session or credential. */
  id: string;
  visitor: boolean;
}

/** A hold that is placed now. */
export function holdRecord(
  id: string,
  owner: HoldOwner,
  slot: Slot,
  patientType: HoldRecord['patientType'],
  times: { now: number; holdMinutes: number },
): HoldRecord {
  return {
    id,
    ownerId: owner.id,
    reasonId: slot.reasonId,
    providerId: slot.providerId,
    operatoryId: slot.operatoryId,
    locationId: slot.locationId,
    date: localDateOf(zoneId(slot.zone), slot.start),
    start: slot.start,
    end: slot.end,
    assist: slot.assist ?? null,
    patientType,
    expiresAt: times.now + times.holdMinutes * MINUTE_MS,
    extended: false,
  };
}
