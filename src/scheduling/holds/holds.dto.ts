import { PATIENT_TYPES } from '../../catalog/index.js';
import { Id, Instant, Nested, OneOf, Text } from '../../http/index.js';
import { formatInstant, timeInAnswer, zoneId } from '../../kernel/index.js';
import { SLOT_ID } from '../availability/slot-id.js';
import type { HoldRecord } from '../book/page.schema.js';
import { TimeView } from '../shared-views.js';

export class CreateHold {
  @Text({ max: 120, pattern: SLOT_ID, description: '`id` of a slot' })
  slotId!: string;

  @OneOf(PATIENT_TYPES, { optional: true })
  patientType?: 'new' | 'returning';
}

export class HoldView {
  @Id('hold')
  id!: string;

  @Nested(() => TimeView)
  time!: TimeView;

  @Id('reason')
  reasonId!: string;

  @Id('provider')
  providerId!: string;

  @Id('location')
  locationId!: string;

  @Instant({ description: 'The slot is free again from then on' })
  expiresAt!: string;
}

export class HoldParams {
  @Id('hold')
  holdId!: string;
}

export function holdView(hold: HoldRecord, zone: string): HoldView {
  return {
    id: hold.id,
    time: timeInAnswer(zoneId(zone), hold.start),
    reasonId: hold.reasonId,
    providerId: hold.providerId,
    locationId: hold.locationId,
    expiresAt: formatInstant(hold.expiresAt),
  };
}
