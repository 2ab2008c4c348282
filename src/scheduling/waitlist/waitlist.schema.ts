import { Injectable } from '@nestjs/common';
import type { PatientType } from '../../catalog/index.js';
import type { LocalDate } from '../../kernel/index.js';
import {
  anyShape,
  defineCollection,
  Persistence,
  TenantRepository,
  type TenantDocument,
} from '../../persistence/index.js';
import type { DayPart, Priority } from './wishes.js';

export const ENTRY_STATUSES = ['waiting', 'offered', 'booked', 'withdrawn', 'lapsed'] as const;
export type EntryStatus = (typeof ENTRY_STATUSES)[number];

/** Where somebody waits, asked at the moment or not. */
export const IN_LINE: readonly EntryStatus[] = ['waiting', 'offered'];

export const ENTRY_SOURCES = ['widget', 'staff', 'pms'] as const;
export type EntrySource = (typeof ENTRY_SOURCES)[number];

/** Somebody who would come earlier or on short notice. Who they are is in the patient's record. */
export interface WaitlistEntry extends TenantDocument {
  source: EntrySource;
  /** null: only the practice system knows the patient. */
  patientId: string | null;
  patientType: PatientType;
  /** null: of a visit that was made in the practice system, whose reasons are its own. */
  reasonId: string | null;
  /** null: any. */
  providerId: string | null;
  locationId: string | null;
  /** Local days, both included. */
  from: LocalDate;
  to: LocalDate;
  /** Empty: any. */
  dayParts: DayPart[];
  /** 0 is Sunday; null: any. */
  weekdays: number[] | null;
  /** What the patient needs between hearing of a time and sitting in the chair. */
  noticeMinutes: number;
  priority: Priority;
  /** The later visit that the patient has and would leave. */
  appointmentId: string | null;
  /** Epoch ms of that visit, when it is the practice system's own. */
  visitStart: number | null;
  status: EntryStatus;
  /** Epoch ms since which the patient waits. */
  waitingSince: number;
  offersMade: number;
  /** The offer that waits for an answer. One at a time: it is taken by a conditional write. */
  offerId: string | null;
  bookedAppointmentId: string | null;
  /** Why it was withdrawn: a code. */
  endReason: string | null;
}

export type OfferState = 'open' | 'accepted' | 'declined' | 'expired' | 'withdrawn';
export const OFFER_STATES = ['open', 'accepted', 'declined', 'expired', 'withdrawn'] as const satisfies OfferState[];

/** `message`: the patient gets a link; `telephone`: staff ask and note the answer. */
export const OFFER_WAYS = ['message', 'telephone'] as const;
export type OfferWay = (typeof OFFER_WAYS)[number];

/** A time that is held for a waiting patient until they answer. Instants are epoch ms. */
export interface WaitlistOffer extends TenantDocument {
  entryId: string;
  patientId: string;
  patientType: PatientType;
  /** The visit that is given up for it. */
  movesAppointmentId: string | null;
  /** What set the time free: an event, or the offer itself when staff chose a time. */
  openingId: string;
  way: OfferWay;
  state: OfferState;
  reasonId: string;
  providerId: string;
  locationId: string;
  start: number;
  end: number;
  /** IANA zone of the location. */
  zone: string;
  /** The hold is the offer's own and ends with it. */
  holdId: string;
  expiresAt: number;
  answeredAt: number | null;
  appointmentId: string | null;
}

const required = { type: String, required: true };
const number = { type: Number, required: true };

const entryCollection = defineCollection<WaitlistEntry>({
  name: 'waitlist',
  owner: 'tenantId',
  fields: {
    source: required,
    patientId: String,
    patientType: required,
    reasonId: String,
    providerId: String,
    locationId: String,
    from: required,
    to: required,
    dayParts: [String],
    weekdays: anyShape,
    noticeMinutes: number,
    priority: required,
    appointmentId: String,
    visitStart: Number,
    status: required,
    waitingSince: number,
    offersMade: number,
    offerId: String,
    bookedAppointmentId: String,
    endReason: String,
  },
  indexes: [
    { key: { tenantId: 1, status: 1, reasonId: 1, _id: 1 } },
    { key: { tenantId: 1, waitingSince: 1, _id: 1 } },
    { key: { tenantId: 1, appointmentId: 1 }, where: { appointmentId: { $type: 'string' } } },
  ],
});

const offerCollection = defineCollection<WaitlistOffer>({
  name: 'waitlist_offers',
  owner: 'tenantId',
  fields: {
    entryId: required,
    patientId: required,
    patientType: required,
    movesAppointmentId: String,
    openingId: required,
    way: required,
    state: required,
    reasonId: required,
    providerId: required,
    locationId: required,
    start: number,
    end: number,
    zone: required,
    holdId: required,
    expiresAt: number,
    answeredAt: Number,
    appointmentId: String,
  },
  indexes: [{ key: { tenantId: 1, entryId: 1, _id: 1 } }, { key: { tenantId: 1, openingId: 1, _id: 1 } }],
});

@Injectable()
export class WaitlistRepository extends TenantRepository<WaitlistEntry> {
  constructor(persistence: Persistence) {
    super(persistence, entryCollection);
  }
}

@Injectable()
export class OfferRepository extends TenantRepository<WaitlistOffer> {
  constructor(persistence: Persistence) {
    super(persistence, offerCollection);
  }
}
