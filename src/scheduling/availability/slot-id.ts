import { ID_PREFIXES, idPattern, notFound, type IdKind } from '../../kernel/index.js';

/** One bookable start. The id names it whole, so that a slot needs no row of its own until somebody takes it. */
export interface SlotRef {
  reasonId: string;
  providerId: string;
  operatoryId: string;
  locationId: string;
  /** Epoch ms. */
  start: number;
  /** Who comes in for a part of the visit, and when. Not part of the id: a hold finds it afresh. */
  assist?: SlotAssist | null;
}

/** Epoch ms. */
export interface SlotAssist {
  providerId: string;
  start: number;
  end: number;
}

const PARTS = ['reason', 'provider', 'operatory', 'location'] as const satisfies IdKind[];
const BODY = 26;

/** `slt_` + the bodies of the four ids + the start in minutes, base 36. Not a secret: a hold checks it afresh. */
export function slotId(slot: SlotRef): string {
  const bodies = [slot.reasonId, slot.providerId, slot.operatoryId, slot.locationId].map((id) => id.slice(-BODY));
  return `slt_${bodies.join('')}${Math.round(slot.start / 60_000).toString(36)}`;
}

export const SLOT_ID = /^slt_[0-9a-hjkmnp-tv-z]{104}[0-9a-z]{1,8}$/;

/** A malformed id and one of another practice both answer as a slot that does not exist. */
export function parseSlotId(id: string): SlotRef {
  if (!SLOT_ID.test(id)) throw notFound('slot');
  const ids = PARTS.map((kind, place) => `${ID_PREFIXES[kind]}_${id.slice(4 + place * BODY, 4 + (place + 1) * BODY)}`);
  if (!ids.every((one, place) => idPattern(PARTS[place] as IdKind).test(one))) throw notFound('slot');
  const [reasonId, providerId, operatoryId, locationId] = ids as [string, string, string, string];
  return { reasonId, providerId, operatoryId, locationId, start: parseInt(id.slice(4 + 4 * BODY), 36) * 60_000 };
}
