import { PATIENT_TYPES } from '../../catalog/index.js';
import {
  Bool,
  CalendarDate,
  Id,
  Instant,
  Int,
  Nested,
  NestedList,
  OneOf,
  PageQuery,
  SomeOf,
  Stamps,
  Text,
  Weekdays,
} from '../../http/index.js';
import { formatInstant, timeInAnswer, zoneId } from '../../kernel/index.js';
import { SLOT_ID } from '../availability/slot-id.js';
import { TimeView } from '../shared-views.js';
import { rankReasons } from './ranking.js';
import {
  ENTRY_SOURCES,
  ENTRY_STATUSES,
  OFFER_STATES,
  OFFER_WAYS,
  type WaitlistEntry,
  type WaitlistOffer,
} from './waitlist.schema.js';
import { DAY_PARTS, PRIORITIES } from './wishes.js';

/** Two weeks. */
const MOST_NOTICE = 20_160;

export class WaitlistParams {
  @Id('waitlistEntry')
  waitlistEntryId!: string;
}

export class WaitlistOfferParams extends WaitlistParams {
  @Id('waitlistOffer')
  offerId!: string;
}

export class WaitlistQuery extends PageQuery {
  @OneOf(ENTRY_STATUSES, { optional: true })
  status?: (typeof ENTRY_STATUSES)[number];

  @Id('patient', { optional: true })
  patientId?: string;

  @Id('reason', { optional: true })
  reasonId?: string;

  @Id('provider', { optional: true, description: 'Only those who named this provider' })
  providerId?: string;

  @Id('location', { optional: true, description: 'Only those who named this location' })
  locationId?: string;
}

/** When a waiting patient can come; named wishes are limits. */
export class WaitlistWishes {
  @CalendarDate({ description: 'Earliest day' })
  from!: string;

  @CalendarDate({ example: '2027-03-31', description: 'Latest day' })
  to!: string;

  @SomeOf(DAY_PARTS, { optional: true, description: 'Until 12:00, until 17:00, later; any when empty or left out' })
  dayParts?: (typeof DAY_PARTS)[number][];

  @Weekdays({ optional: true, example: [1, 3], description: 'Only these days of the week; 0 is Sunday' })
  weekdays?: number[];

  @Int({ min: 0, max: MOST_NOTICE, optional: true, description: 'What the patient needs before the visit, in minutes' })
  noticeMinutes?: number;
}

export class CreateWaitlistEntry extends WaitlistWishes {
  @Id('patient')
  patientId!: string;

  @OneOf(PATIENT_TYPES)
  patientType!: 'new' | 'returning';

  @Id('reason')
  reasonId!: string;

  @Id('provider', { optional: true, description: 'Only with this provider' })
  providerId?: string;

  @Id('location', { optional: true, description: 'Only at this location' })
  locationId?: string;

  @OneOf(PRIORITIES, { optional: true, default: 'normal' })
  priority?: (typeof PRIORITIES)[number];

  @Id('appointment', {
    optional: true,
    description: 'A later visit of the same patient and reason, which moves when they take an offer',
  })
  appointmentId?: string;
}

/** What is left out stays; null opens it. */
export class UpdateWaitlistEntry {
  @CalendarDate({ optional: true })
  from?: string;

  @CalendarDate({ optional: true, example: '2027-03-31' })
  to?: string;

  @SomeOf(DAY_PARTS, { optional: true })
  dayParts?: (typeof DAY_PARTS)[number][];

  @Weekdays({ optional: true, nullable: true, example: [1, 3] })
  weekdays?: number[] | null;

  @Int({ min: 0, max: MOST_NOTICE, optional: true })
  noticeMinutes?: number;

  @OneOf(PRIORITIES, { optional: true })
  priority?: (typeof PRIORITIES)[number];

  @Id('provider', { optional: true, nullable: true })
  providerId?: string | null;

  @Id('location', { optional: true, nullable: true })
  locationId?: string | null;
}

export class WithdrawWaitlistEntry {
  @OneOf(['patient_request', 'booked_elsewhere', 'not_reached', 'other'], { optional: true, default: 'other' })
  reason?: string;
}

export class OfferWaitlistTime {
  @Text({ max: 120, pattern: SLOT_ID, description: '`id` of a slot of the same reason' })
  slotId!: string;

  @OneOf(OFFER_WAYS, {
    optional: true,
    default: 'message',
    description: 'Write to the patient, or hold the time while you call',
  })
  way?: (typeof OFFER_WAYS)[number];
}

class RankReasonView {
  @OneOf(['urgent', 'waiting', 'offers'])
  rule!: string;

  @Text({ max: 80, example: 'Waiting for 3 days' })
  words!: string;
}

export class WaitlistEntryView extends Stamps {
  @Id('waitlistEntry')
  id!: string;

  @OneOf(ENTRY_SOURCES)
  source!: string;

  @OneOf(ENTRY_STATUSES)
  status!: string;

  @Id('patient', { nullable: true, description: 'null: only the practice system knows the patient' })
  patientId!: string | null;

  @OneOf(PATIENT_TYPES)
  patientType!: string;

  @Id('reason', { nullable: true, description: 'null: of a visit that was made in the practice system' })
  reasonId!: string | null;

  @Id('provider', { nullable: true })
  providerId!: string | null;

  @Id('location', { nullable: true })
  locationId!: string | null;

  @CalendarDate()
  from!: string;

  @CalendarDate({ example: '2027-03-31' })
  to!: string;

  @SomeOf(DAY_PARTS)
  dayParts!: string[];

  @Weekdays({ nullable: true, example: [1, 3], description: '0 is Sunday; null: any' })
  weekdays!: number[] | null;

  @Int({ min: 0, max: MOST_NOTICE })
  noticeMinutes!: number;

  @OneOf(PRIORITIES)
  priority!: string;

  @Id('appointment', { nullable: true, description: 'The later visit that moves when an offer is taken' })
  appointmentId!: string | null;

  @Instant({ nullable: true, description: 'Of the later visit, when it was made in the practice system' })
  visitStart!: string | null;

  @Bool({ description: 'Offers cannot be made from here: call the patient and move the visit in the practice system' })
  needsContact!: boolean;

  @Int({ min: 1, max: 1_000, nullable: true, description: 'Place among those who wait for this reason; 1 is next' })
  rank!: number | null;

  @NestedList(() => RankReasonView, { maxItems: 3, description: 'What the place comes from' })
  rankReasons!: RankReasonView[];

  @Instant()
  waitingSince!: string;

  @Int({ min: 0, max: 10_000 })
  offersMade!: number;

  @Id('waitlistOffer', { nullable: true, description: 'The offer that waits for an answer' })
  offerId!: string | null;

  @Id('appointment', { nullable: true, description: 'What came of it' })
  bookedAppointmentId!: string | null;

  @Text({ max: 40, nullable: true, description: 'Why it was withdrawn' })
  endReason!: string | null;
}

export class WaitlistOfferView {
  @Id('waitlistOffer')
  id!: string;

  @Id('waitlistEntry')
  waitlistEntryId!: string;

  @OneOf(OFFER_STATES)
  state!: string;

  @OneOf(OFFER_WAYS)
  way!: string;

  @Nested(() => TimeView)
  time!: TimeView;

  @Id('reason')
  reasonId!: string;

  @Id('provider')
  providerId!: string;

  @Id('location')
  locationId!: string;

  @Instant({ description: 'The time is held until then' })
  expiresAt!: string;

  @Instant({ nullable: true })
  answeredAt!: string | null;

  @Id('appointment', { nullable: true, description: 'The visit that it became' })
  appointmentId!: string | null;

  @Instant()
  createdAt!: string;
}

/** Whether offers can be made from here at all. */
export function needsContact({ patientId, reasonId }: Pick<WaitlistEntry, 'patientId' | 'reasonId'>): boolean {
  return patientId === null || reasonId === null;
}

/** `rank`: undefined for those who are not in line. */
export function waitlistEntryView(entry: WaitlistEntry, rank: number | undefined, now: number): WaitlistEntryView {
  const { _id, tenantId: _, createdAt, updatedAt, waitingSince, visitStart, ...rest } = entry;
  return {
    id: _id,
    ...rest,
    visitStart: visitStart === null ? null : formatInstant(visitStart),
    needsContact: needsContact(entry),
    rank: rank ?? null,
    rankReasons: rank === undefined ? [] : rankReasons(entry, now),
    waitingSince: formatInstant(waitingSince),
    createdAt: formatInstant(createdAt),
    updatedAt: formatInstant(updatedAt),
  };
}

export function waitlistOfferView(offer: WaitlistOffer): WaitlistOfferView {
  const { _id, entryId, state, way, zone, start, reasonId, providerId, locationId, appointmentId } = offer;
  return {
    id: _id,
    waitlistEntryId: entryId,
    state,
    way,
    time: timeInAnswer(zoneId(zone), start),
    reasonId,
    providerId,
    locationId,
    expiresAt: formatInstant(offer.expiresAt),
    answeredAt: offer.answeredAt === null ? null : formatInstant(offer.answeredAt),
    appointmentId,
    createdAt: formatInstant(offer.createdAt),
  };
}
