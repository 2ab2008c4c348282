import type { PatientType, WallSpan } from '../../catalog/index.js';
import type { LocalDate } from '../../kernel/index.js';
import type { SlotRef } from './slot-id.js';

/** How far "next available" looks. */
export const FURTHEST_DAYS = 180;

/** Starts that are wanted; what is left out does not matter. */
export interface Wish {
  /** 0 is Sunday. */
  weekdays?: readonly number[] | undefined;
  /** Wall times between which visits start. */
  times?: readonly WallSpan[] | undefined;
}

/** What to look for, beside the days. Lists that are left out do not narrow. */
export interface SlotQuery {
  reasonIds: readonly string[];
  providerIds?: readonly string[] | undefined;
  locationIds?: readonly string[] | undefined;
  patientType?: PatientType | undefined;
  /** For rules of age, which count on the day of the visit. */
  dateOfBirth?: LocalDate | undefined;
  /** Each start once, with the provider whom the practice's rule assigns. Default: when patients may not choose. */
  anyProvider?: boolean | undefined;
  wish?: Wish | undefined;
  /** The appointment that is being moved: its own time counts as free, and it is not counted against limits. */
  ignoreRef?: string | undefined;
  /** Staff is not bound by notice, horizon, cut-off, limits and tidy gaps. */
  byStaff?: boolean;
}

export interface DaysQuery extends SlotQuery {
  /** First local day; default: today at the earliest of the locations. */
  from?: LocalDate | undefined;
  days: number;
}

/** A query for one reason, as most callers have it. */
export type SimpleQuery = Omit<DaysQuery, 'reasonIds' | 'providerIds' | 'locationIds'> & {
  reasonId: string;
  providerId?: string | undefined;
  locationId?: string | undefined;
};

export function wide<Q extends Partial<DaysQuery>>({
  reasonId,
  providerId,
  locationId,
  ...rest
}: Q & { reasonId: string; providerId?: string | undefined; locationId?: string | undefined }) {
  return {
    ...rest,
    reasonIds: [reasonId],
    ...(providerId ? { providerIds: [providerId] } : {}),
    ...(locationId ? { locationIds: [locationId] } : {}),
  };
}

export interface Slot extends SlotRef {
  id: string;
  end: number;
  zone: string;
  date: LocalDate;
  /** A limit on visits holds for it: who takes it asks `exceedsLimits` afterwards. */
  limited?: boolean;
}

/** How fresh the answer is at one location: epoch ms, null where no practice system tells anything. */
export interface Source {
  locationId: string;
  asOf: number | null;
}

export interface SlotDays {
  days: { date: LocalDate; slots: Slot[] }[];
  nextAvailable: Slot | null;
  /** Epoch ms: as old as the oldest page that a practice system feeds. */
  asOf: number;
  sources: Source[];
}
