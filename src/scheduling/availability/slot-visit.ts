import type { CatalogSnapshot } from '../../catalog/index.js';
import { notFound, zoneId, type ZoneId } from '../../kernel/index.js';
import type { Appointment } from '../appointments/appointment.schema.js';
import { roams } from './place.js';
import { shapeOf } from './rule.js';
import type { SlotRef } from './slot-id.js';
import { claimsOfVisit, type PageClaim } from '../book/visit.js';

/** What an appointment keeps of what its reason was when it was booked. */
export type BookedShape = Pick<Appointment, 'pattern' | 'durationMinutes' | 'buffers' | 'assist' | 'providerRoams'>;

/** A visit at a slot. */
export interface SlotVisit {
  /** What it takes in the book. */
  claims: PageClaim[];
  shape: BookedShape;
  /** Of the location. */
  zone: ZoneId;
}

/** The visit that a slot stands for in this catalogue; `not_found` when a part of it does not exist. */
export function slotVisit(tenantId: string, zone: string, snapshot: CatalogSnapshot, ref: SlotRef): SlotVisit {
  const reason = snapshot.reasonById.get(ref.reasonId);
  const provider = snapshot.providerById.get(ref.providerId);
  const assistant = ref.assist ? snapshot.providerById.get(ref.assist.providerId) : undefined;
  if (!reason || !provider || (ref.assist && !assistant)) throw notFound('slot');
  const overlapping = [provider, ...(assistant ? [assistant] : [])].filter(({ allowOverlap }) => allowOverlap);
  const rule = shapeOf(reason);
  const assist = ref.assist && assistant ? { ...ref.assist, roams: roams(assistant) } : null;
  const providerRoams = roams(provider);
  const unguarded = new Set(overlapping.map(({ _id }) => _id));
  const { pattern = null, durationMinutes, buffers = null } = rule;
  return {
    claims: claimsOfVisit({ ...ref, tenantId, zone, rule, assist, providerRoams, unguarded }),
    shape: { pattern, durationMinutes, buffers, assist, providerRoams },
    zone: zoneId(zone),
  };
}
