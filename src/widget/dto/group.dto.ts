import { OmitType } from '@nestjs/swagger';
import { Email, Id, Nested, NestedList, Phone } from '../../http/index.js';
import { MOST_IN_SERIES } from '../../scheduling/index.js';
import { BookingConsent, BookingView, CreateBooking } from './booking.dto.js';

class GroupContact {
  @Email({ optional: true, description: 'This, phone, or both' })
  email?: string;

  @Phone({ optional: true })
  phone?: string;
}

/** Who comes to one visit; contact data of one's own goes before the contact's. */
class GroupVisitor extends OmitType(CreateBooking, ['holdId', 'consent', 'referrerId']) {}

export class CreateGroupBooking {
  @Id('groupHold')
  groupHoldId!: string;

  @Nested(() => GroupContact, { description: 'Who is told of the visits' })
  contact!: GroupContact;

  @NestedList(() => GroupVisitor, {
    ...{ minItems: 1, maxItems: MOST_IN_SERIES },
    description: 'Who comes to each of the visits that are held, in their order; one alone comes to all of them',
  })
  visits!: GroupVisitor[];

  @Nested(() => BookingConsent, { description: 'For all of them' })
  consent!: BookingConsent;

  @Id('referrer', { optional: true })
  referrerId?: string;
}

export class GroupBookingView {
  @Id('visitGroup')
  id!: string;

  @NestedList(() => BookingView, { maxItems: MOST_IN_SERIES, description: 'In the order in which they were held' })
  visits!: BookingView[];
}
