import { Id, Instant, Int, Text } from '../http/index.js';

/** A time as answers carry it: instant, wall time and zone (§4). */
export class TimeView {
  @Instant()
  start!: string;

  @Text({ max: 16, example: '2027-03-15T09:00', description: 'Wall time at the location' })
  local!: string;

  @Text({ max: 64, example: 'America/Chicago', description: 'IANA time zone of the location' })
  zone!: string;
}

/** One bookable start. */
export class SlotView extends TimeView {
  @Text({ max: 120, description: 'Names the slot in a hold' })
  id!: string;

  @Int({ min: 5, max: 480 })
  durationMinutes!: number;

  @Id('reason')
  reasonId!: string;

  @Id('provider')
  providerId!: string;

  @Id('location')
  locationId!: string;
}
