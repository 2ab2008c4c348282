import { Id, Instant, NestedList, TextList } from '../../http/index.js';
import { formatInstant, timeInAnswer, zoneId } from '../../kernel/index.js';
import { SLOT_ID } from '../availability/slot-id.js';
import { TimeView } from '../shared-views.js';
import type { GroupHold } from './group-holds.js';
import { MOST_IN_SERIES } from './search.dto.js';

export class CreateGroupHold {
  @TextList({
    ...{ max: 120, pattern: SLOT_ID, minItems: 2, maxItems: MOST_IN_SERIES },
    description: '`id` of the slots, one for each visit in their order',
  })
  slotIds!: string[];
}

export class GroupHoldParams {
  @Id('groupHold')
  groupHoldId!: string;
}

class HeldVisitView extends TimeView {
  @Id('reason')
  reasonId!: string;

  @Id('provider')
  providerId!: string;

  @Id('location')
  locationId!: string;
}

export class GroupHoldView {
  @Id('groupHold')
  id!: string;

  @Instant({ description: 'All slots are free again from then on' })
  expiresAt!: string;

  @NestedList(() => HeldVisitView, { maxItems: MOST_IN_SERIES, description: 'In the order of the request' })
  visits!: HeldVisitView[];
}

export function groupHoldView({ id, expiresAt, visits }: GroupHold): GroupHoldView {
  return {
    id,
    expiresAt: formatInstant(expiresAt),
    visits: visits.map(({ hold, zone }) => ({
      ...timeInAnswer(zoneId(zone), hold.start),
      reasonId: hold.reasonId,
      providerId: hold.providerId,
      locationId: hold.locationId,
    })),
  };
}
