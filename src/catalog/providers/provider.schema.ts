import type { LocalDate } from '../../kernel/index.js';
import { anyShape, defineCollection } from '../../persistence/index.js';
import { foreignIndex, importedFields, itemFields, itemIndexes, type ImportedItem } from '../shared/item.js';

export const PROVIDER_ROLES = ['dentist', 'hygienist', 'specialist', 'assistant', 'other'] as const;
export type ProviderRole = (typeof PROVIDER_ROLES)[number];

export const GENDERS = ['female', 'male', 'other'] as const;
export type Gender = (typeof GENDERS)[number];

/** Wall times `HH:mm`, start before end; `24:00` ends a day. */
export interface WallSpan {
  start: string;
  end: string;
}

/** The provider's ordinary week, one entry a weekday. It only narrows the hours that the practice system gives. */
export interface Weekday {
  /** 0 is Sunday, 6 is Saturday. */
  weekday: number;
  /** Off: never offered on this weekday. */
  on: boolean;
  /** The base where the practice system gives no hours for a day; empty: the location's opening hours. */
  hours: WallSpan[];
  /** "Blocked Out Times": never offered. */
  blocked: WallSpan[];
}

/** One date that differs from the week; exactly one of the three is not null. */
export interface ScheduleException {
  date: LocalDate;
  /** `true`: the whole day. */
  off: true | null;
  /** In place of the weekday's hours. */
  hours: WallSpan[] | null;
  /** Beside the weekday's blocked times. */
  blocked: WallSpan[] | null;
}

/** A bookable person. Staff, not a patient: nothing here is PHI, so nothing is sealed. */
export interface Provider extends ImportedItem {
  displayName: string;
  firstName: string;
  lastName: string;
  title: string | null;
  /** Gets the notices of bookings; null only for a provider that the import made. */
  email: string | null;
  phone: string | null;
  role: ProviderRole;
  specialty: string | null;
  bio: string | null;
  gender: Gender | null;
  color: string | null;
  imageUrl: string | null;
  /** At least one is needed to be bookable. */
  operatoryIds: string[];
  locationIds: string[];
  /** "Allow provider schedule overlap": offered although busy in another operatory at that time. */
  allowOverlap: boolean;
  weekdays: Weekday[];
  exceptions: ScheduleException[];
  /** Visits as their provider; null: no limit. A week begins on Monday. */
  maxVisitsPerDay: number | null;
  maxVisitsPerWeek: number | null;
}

export const providerCollection = defineCollection<Provider>({
  name: 'providers',
  owner: 'tenantId',
  fields: {
    ...itemFields,
    ...importedFields,
    displayName: { type: String, required: true },
    firstName: { type: String, required: true },
    lastName: { type: String, required: true },
    title: String,
    email: String,
    phone: String,
    role: { type: String, required: true },
    specialty: String,
    bio: String,
    gender: String,
    color: String,
    imageUrl: String,
    operatoryIds: [String],
    locationIds: [String],
    allowOverlap: { type: Boolean, required: true },
    weekdays: anyShape,
    exceptions: anyShape,
    maxVisitsPerDay: Number,
    maxVisitsPerWeek: Number,
  },
  indexes: [...itemIndexes, foreignIndex],
});
