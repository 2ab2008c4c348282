import { anyShape, defineCollection } from '../../persistence/index.js';
import { itemFields, itemIndexes, type CatalogItem, type ForeignRef } from '../shared/item.js';

export const PATIENT_TYPES = ['new', 'returning'] as const;
export type PatientType = (typeof PATIENT_TYPES)[number];

export const CONFIRM_MODES = ['instant', 'request'] as const;
export type ConfirmMode = (typeof CONFIRM_MODES)[number];

/** Minutes of one mark of a pattern. */
export const MARK_MINUTES = 5;

/** How "any provider" becomes one: in their order, the one with least to do that day, or in turn. */
export const ASSIGNMENTS = ['priority', 'least_busy', 'round_robin'] as const;
export type Assignment = (typeof ASSIGNMENTS)[number];

export const BUFFER_HOLDERS = ['provider', 'operatory', 'both'] as const;

/** Time kept free around a visit; patients do not see it. */
export interface ReasonBuffers {
  beforeMinutes: number;
  afterMinutes: number;
  on: (typeof BUFFER_HOLDERS)[number];
  /** True: may lie outside of working hours and in blockouts. */
  pastHours: boolean;
}

/** A second provider who comes in for some minutes of the visit, such as a dentist's exam in a hygienist's visit. */
export interface ReasonAssist {
  /** The preferred one first. */
  providerIds: string[];
  minutes: number;
  /** Minutes since the visit's start between which the time lies. */
  fromMinute: number;
  toMinute: number;
}

/** A reason for visit: how long, who may book it, with whom and where. */
export interface Reason extends CatalogItem {
  name: string;
  /** Names the reason in links; unique in the practice. */
  slug: string;
  description: string | null;
  /** For the practice's reports; patients never see it. */
  appointmentType: string | null;
  /** A multiple of 5. Exactly one of this and `pattern` is not null. */
  durationMinutes: number | null;
  /** 5-minute marks: `X` provider time, `/` chair time without the provider. */
  pattern: string | null;
  patientTypes: PatientType[];
  /** Whole years, both ends included. */
  minAge: number | null;
  maxAge: number | null;
  providerIds: string[];
  operatoryIds: string[];
  /** Empty: at every location. */
  locationIds: string[];
  /** Blockout types of the practice system that this reason may be booked into. */
  blockoutTypes: string[];
  /** E.g. `D0120`. */
  procedureCodes: string[];
  /** The appointment types of practice systems that it stands for, at most one of each connection. */
  pmsTypes: ForeignRef[];
  /** The patient may choose the provider. */
  showProviders: boolean;
  /** Null: as the practice does. */
  confirmMode: ConfirmMode | null;
  minNoticeMinutes: number | null;
  maxDaysAhead: number | null;
  stepMinutes: number | null;
  /** Wall time `HH:mm` from which nothing more is offered for the same day; `24:00`: no such time. */
  sameDayCutoff: string | null;
  /** Starts that leave a provider less free time than this are avoided. */
  minGapMinutes: number | null;
  assignment: Assignment | null;
  buffers: ReasonBuffers | null;
  assist: ReasonAssist | null;
  /** Visits of this reason at one location; null: no limit. A week begins on Monday. */
  maxPerDay: number | null;
  maxPerWeek: number | null;
}

export const reasonCollection = defineCollection<Reason>({
  name: 'reasons',
  owner: 'tenantId',
  fields: {
    ...itemFields,
    name: { type: String, required: true },
    slug: { type: String, required: true },
    description: String,
    appointmentType: String,
    durationMinutes: Number,
    pattern: String,
    patientTypes: [String],
    minAge: Number,
    maxAge: Number,
    providerIds: [String],
    operatoryIds: [String],
    locationIds: [String],
    blockoutTypes: [String],
    procedureCodes: [String],
    pmsTypes: anyShape,
    showProviders: { type: Boolean, required: true },
    confirmMode: String,
    minNoticeMinutes: Number,
    maxDaysAhead: Number,
    stepMinutes: Number,
    sameDayCutoff: String,
    minGapMinutes: Number,
    assignment: String,
    buffers: anyShape,
    assist: anyShape,
    maxPerDay: Number,
    maxPerWeek: Number,
  },
  indexes: [...itemIndexes, { key: { tenantId: 1, slug: 1 }, unique: true }],
});
