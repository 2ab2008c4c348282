import { Bool, CalendarDate, Email, Id, Nested, NestedList, OneOf, Phone, Text, WebAddress } from '../../http/index.js';
import { PATIENT_TYPES } from '../../catalog/index.js';
import { SlotView, SYNC_STATES, SLOT_ID, STATUSES, TimeView } from '../../scheduling/index.js';

export class BookingPatient {
  @Text({ max: 80 })
  firstName!: string;

  @Text({ max: 80 })
  lastName!: string;

  @CalendarDate({ example: '1990-04-23' })
  dateOfBirth!: string;

  @Email({ optional: true, description: 'This, phone, or both' })
  email?: string;

  @Phone({ optional: true })
  phone?: string;
}

class AnswerGiven {
  @Text({ max: 60, description: "The question's id" })
  id!: string;

  @Text({ max: 1_000, multiline: true })
  value!: string;
}

export class BookingInsurance {
  @Id('carrier', { optional: true, description: 'This or carrierName' })
  carrierId?: string;

  @Text({ max: 120, optional: true })
  carrierName?: string;

  @Text({ max: 60, optional: true })
  groupNumber?: string;

  @Text({ max: 60, optional: true })
  subscriberId?: string;

  @Text({ max: 120, optional: true })
  subscriberName?: string;

  @Text({ max: 120, optional: true })
  plan?: string;

  @NestedList(() => AnswerGiven, { maxItems: 50, optional: true })
  answers?: AnswerGiven[];
}

export class BookingConsent {
  @Bool({ description: 'The practice may keep and use these data for the visit; must be true' })
  treatment!: boolean;

  @Bool({ optional: true, description: 'Text messages about the visit' })
  sms?: boolean;

  @Bool({ optional: true, description: 'E-mails about the visit' })
  email?: boolean;

  @Bool({ optional: true, description: 'News of the practice' })
  marketing?: boolean;
}

export class CreateBooking {
  @Id('hold')
  holdId!: string;

  @OneOf(PATIENT_TYPES)
  patientType!: 'new' | 'returning';

  @Nested(() => BookingPatient)
  patient!: BookingPatient;

  @Nested(() => BookingInsurance, { optional: true })
  insurance?: BookingInsurance;

  @Text({ max: 2_000, multiline: true, optional: true, description: 'What the patient wants to say' })
  note?: string;

  @Nested(() => BookingConsent)
  consent!: BookingConsent;

  @Id('referrer', { optional: true })
  referrerId?: string;
}

/** As little of a visit as its patient needs. No name, no date of birth: a link may be in the wrong hands. */
export class VisitView {
  @Id('appointment')
  id!: string;

  @OneOf(STATUSES)
  status!: string;

  @Nested(() => TimeView)
  time!: TimeView;

  @Text({ max: 120 })
  reason!: string;

  @Id('reason')
  reasonId!: string;

  @Text({ max: 120 })
  provider!: string;

  @Text({ max: 120 })
  location!: string;

  @Text({ max: 600 })
  address!: string;

  @Bool({ description: 'By the patient' })
  confirmed!: boolean;

  @Bool({
    description: 'Can still be cancelled by the patient: until it begins where the practice cannot keep its time',
  })
  canCancel!: boolean;

  @Bool({ description: 'Can still be moved by the patient: until it begins where the practice cannot keep its time' })
  canReschedule!: boolean;
}

/** What the practice's own system says of the booking. */
export class BookingSyncView {
  @OneOf(SYNC_STATES, {
    description:
      '`none`: there is no such system, or the practice decides first; `pending`: it has not answered yet; `conflict`: it holds that time already',
  })
  state!: (typeof SYNC_STATES)[number];

  @NestedList(() => SlotView, { maxItems: 10, description: 'Of a conflict: times to move the visit to' })
  alternatives!: SlotView[];
}

/** A visit as its link shows it. */
export class ManagedVisitView extends VisitView {
  @Nested(() => BookingSyncView)
  sync!: BookingSyncView;

  @Text({ max: 40, nullable: true, example: '+13125550142', description: 'Whom to call when in doubt' })
  phone!: string | null;
}

export class BookingView {
  @Nested(() => VisitView)
  appointment!: VisitView;

  @Nested(() => BookingSyncView)
  sync!: BookingSyncView;

  @WebAddress({ description: 'Where the patient sees, confirms, moves or cancels the visit' })
  manageUrl!: string;
}

export class VisitParams {
  @Text({ min: 32, max: 32, pattern: /^[\w-]{32}$/ })
  linkToken!: string;
}

export class VisitReschedule {
  @Text({ max: 120, pattern: SLOT_ID })
  slotId!: string;
}
