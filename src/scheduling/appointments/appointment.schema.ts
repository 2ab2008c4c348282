import type { PatientType } from '../../catalog/index.js';
import { anyShape, defineCollection, sealed, type TenantDocument } from '../../persistence/index.js';
import type { Actor } from '../../kernel/index.js';
import type { VisitAssist } from '../book/visit.js';
import type { Buffers } from '../engine/index.js';
import type { Status } from './lifecycle.js';

export type Channel = 'widget' | 'link' | 'api' | 'pms';
export type SyncState = 'none' | 'pending' | 'written' | 'conflict' | 'failed' | 'timed_out';

/** How an appointment stands towards the practice system. Apart from its status (§5). */
export interface Sync {
  state: SyncState;
  /** PHI-free code of the last failure. */
  reason: string | null;
  attempts: number;
  /** Epoch ms of the last attempt or success. */
  lastAt: number | null;
  connectionId: string | null;
  foreignId: string | null;
  /** Version of the appointment that the PMS has. */
  writtenVersion: number | null;
  /** Starts (epoch ms) that the PMS would take instead, of a conflict. */
  alternatives: { start: number; providerId: string; operatoryId: string | null }[];
}

/** One line of the appointment's history: who did what, when, why, from which channel. */
export interface HistoryLine {
  at: number;
  actor: Actor;
  channel: Channel;
  what: string;
  from: Status | null;
  to: Status;
  reason: string | null;
  /** The time that was left, of a reschedule. */
  oldStart?: number;
}

export interface Insurance {
  carrierId?: string;
  carrierName?: string;
  result: string;
  groupNumber?: string;
  subscriberId?: string;
  subscriberName?: string;
  plan?: string;
  answers?: Record<string, string>;
}

/** What is in the book. Instants are epoch ms. */
export interface Appointment extends TenantDocument {
  locationId: string;
  providerId: string;
  operatoryId: string;
  reasonId: string;
  patientId: string;
  patientType: PatientType;
  start: number;
  end: number;
  /** Local date and IANA zone of the location. */
  date: string;
  zone: string;
  /** Wall time of the start, `YYYY-MM-DDTHH:mm`: what was agreed, whatever becomes of the zone's rules. */
  local: string;
  pattern: string | null;
  durationMinutes: number;
  /** What the visit takes beside its own time, as it was booked. */
  buffers: Buffers | null;
  assist: VisitAssist | null;
  providerRoams: boolean;
  status: Status;
  /** Confirmed by the practice, and by the patient: two facts. */
  officeConfirmedAt: number | null;
  patientConfirmedAt: number | null;
  sync: Sync;
  channel: Channel;
  /** Carrier name and numbers, PHI. */
  insurance: Insurance | null;
  /** Answers to the reason's or the insurance's questions, PHI. */
  answers: Record<string, string> | null;
  /** What the patient wrote, PHI. */
  note: string | null;
  referrerId: string | null;
  attribution: { utm: Record<string, string>; referrer: string | null; page: string | null } | null;
  /** The widget session or credential that booked. */
  bookedBy: string;
  holdId: string | null;
  /** Visits that were booked together have it in common. */
  groupId: string | null;
  /** A request that is not decided by then expires. */
  requestExpiresAt: number | null;
  cancelReason: string | null;
  history: HistoryLine[];
}

const required = { type: String, required: true };
const instant = { type: Number, required: true };

export const appointmentCollection = defineCollection<Appointment>({
  name: 'appointments',
  owner: 'tenantId',
  fields: {
    locationId: required,
    providerId: required,
    operatoryId: required,
    reasonId: required,
    patientId: required,
    patientType: required,
    start: instant,
    end: instant,
    date: required,
    zone: required,
    local: required,
    pattern: String,
    durationMinutes: instant,
    buffers: anyShape,
    assist: anyShape,
    providerRoams: { type: Boolean, required: true },
    status: required,
    officeConfirmedAt: Number,
    patientConfirmedAt: Number,
    sync: {
      state: required,
      reason: String,
      attempts: instant,
      lastAt: Number,
      connectionId: String,
      foreignId: String,
      writtenVersion: Number,
      alternatives: anyShape,
      _id: false,
    },
    channel: required,
    insurance: sealed,
    answers: sealed,
    note: sealed,
    referrerId: String,
    attribution: anyShape,
    bookedBy: required,
    holdId: String,
    groupId: String,
    requestExpiresAt: Number,
    cancelReason: String,
    history: anyShape,
  },
  sealed: ['insurance', 'answers', 'note'],
  indexes: [
    { key: { tenantId: 1, start: 1 } },
    { key: { tenantId: 1, patientId: 1, start: 1 } },
    { key: { tenantId: 1, providerId: 1, start: 1 } },
    { key: { tenantId: 1, status: 1, start: 1 } },
    { key: { tenantId: 1, reasonId: 1, start: 1 } },
    { key: { tenantId: 1, holdId: 1 }, unique: true, where: { holdId: { $type: 'string' } } },
    { key: { tenantId: 1, groupId: 1 }, where: { groupId: { $type: 'string' } } },
    { key: { tenantId: 1, 'sync.foreignId': 1 } },
  ],
});
