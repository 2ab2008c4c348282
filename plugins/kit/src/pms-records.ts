/** Local calendar day, `YYYY-MM-DD`. */
export type LocalDate = string;
/** Wall time of a day, `HH:mm`; an end may be `24:00`. */
export type LocalTime = string;
/** Id of a record in the PMS, as text whatever the vendor uses. */
export type ForeignId = string;

/** A record that is there, but of which nobody can say what it means. Codes only: nothing that somebody wrote. */
export interface UnreadableRecord {
  /** When that much of it can be read. */
  readonly foreignId?: ForeignId;
  /** The field that is to blame, as the vendor calls it; `record`: the whole. Letters, digits, `_` and dots, at most 60. */
  readonly field: string;
  /** A code: `missing`, `malformed`, `unknown_value`. */
  readonly reason: string;
}

/** One page of a pull. `asOf` is the PMS's state in epoch milliseconds: pass it as the next `updatedSince`. */
export interface Page<T> {
  readonly records: readonly T[];
  /**
   * What could not be read: the host keeps what it knew of it, and tells staff. See `readRecords`; an answer that is bad as a
   * whole is thrown as `Retryable`.
   */
  readonly unreadable?: readonly UnreadableRecord[];
  /** Present when there is more: pass it back with the same question. Opaque. */
  readonly nextCursor?: string;
  readonly asOf: number;
}

/** A person who is scheduled. Fields of the PMS that scheduling does not need (SSN, licence) are left behind. */
export interface PmsProvider {
  readonly foreignId: ForeignId;
  readonly abbreviation: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly suffix?: string;
  readonly role: 'dentist' | 'hygienist' | 'specialist' | 'assistant' | 'other';
  readonly specialty?: string;
  readonly email?: string;
  /** `#rrggbb`. */
  readonly colour?: string;
  /** Operatories the PMS links to the person; empty when it keeps no such link. */
  readonly operatoryForeignIds: readonly ForeignId[];
  /** False for a person hidden in the PMS. */
  readonly active: boolean;
}

/** A chair or room. */
export interface PmsOperatory {
  readonly foreignId: ForeignId;
  readonly name: string;
  readonly abbreviation: string;
  readonly hygiene: boolean;
  /** Column order in the PMS's book, from 0. */
  readonly order: number;
  readonly active: boolean;
}

/** Wall-time span of a day, half-open. */
export interface LocalInterval {
  readonly start: LocalTime;
  readonly end: LocalTime;
}

/** When a provider works on a day, in one operatory or (left out) in any of theirs. An empty list: a day off. */
export interface PmsHours {
  readonly kind: 'hours';
  readonly providerForeignId: ForeignId;
  readonly operatoryForeignId?: ForeignId;
  readonly date: LocalDate;
  readonly intervals: readonly LocalInterval[];
}

/** Time set apart in the book. At least one of provider and operatory is named. */
export interface PmsBlockout extends LocalInterval {
  readonly kind: 'blockout';
  readonly foreignId: ForeignId;
  /** The PMS's own name: `Lunch`, `Emergency`, `Web Sched`. A reason may be allowed into some types only. */
  readonly type: string;
  readonly providerForeignId?: ForeignId;
  readonly operatoryForeignId?: ForeignId;
  readonly date: LocalDate;
}

/** A record of {@link PmsAdapter.pullSchedules}. A pull of a day is complete: what is not in it is gone. */
export type PmsScheduleRecord = PmsHours | PmsBlockout;

/** Where a visit stands in the PMS. `cancelled`, `missed` and `deleted` occupy no time. */
export type PmsAppointmentStatus =
  'scheduled' | 'arrived' | 'in_chair' | 'completed' | 'cancelled' | 'missed' | 'deleted';

/** A visit in the PMS's book. Instants are epoch milliseconds; adapters convert the vendor's wall time. */
export interface PmsAppointment {
  readonly foreignId: ForeignId;
  /** Our reference, when the visit was made through us. */
  readonly reference?: string;
  readonly patientForeignId: ForeignId;
  readonly providerForeignId: ForeignId;
  readonly operatoryForeignId: ForeignId;
  readonly start: number;
  readonly end: number;
  /** 5-minute marks: `X` with the provider, `/` chair time without. Left out: all `X`. */
  readonly pattern?: string;
  readonly status: PmsAppointmentStatus;
  /** The office's own confirmation mark. */
  readonly confirmed: boolean;
  /** On the PMS's ASAP list: the patient would take an earlier time. Left out by a PMS that keeps no such list. */
  readonly asap?: boolean;
  readonly procedureCodes?: readonly string[];
  /** The kind of visit; left out when it has none or the PMS does not tell. */
  readonly appointmentTypeForeignId?: ForeignId;
  /** PHI. */
  readonly note?: string;
  /** Epoch milliseconds of the last change in the PMS. */
  readonly updatedAt: number;
}

/** A patient. PHI throughout. */
export interface PmsPatient {
  readonly foreignId: ForeignId;
  readonly firstName: string;
  readonly lastName: string;
  readonly dateOfBirth?: LocalDate;
  readonly email?: string;
  /** E.164 when the PMS's number can be read so. */
  readonly phone?: string;
  readonly active: boolean;
  readonly updatedAt: number;
}

/** An insurance company. */
export interface PmsCarrier {
  readonly foreignId: ForeignId;
  readonly name: string;
  /** The number under which claims reach it electronically. */
  readonly payerId?: string;
  readonly active: boolean;
}

/** A kind of visit as the PMS lists them; practices link them to reasons for visit. */
export interface PmsAppointmentType {
  readonly foreignId: ForeignId;
  readonly name: string;
  /** How long such a visit takes; left out when the PMS does not say. */
  readonly minutes?: number;
  /** 5-minute marks: `X` with the provider, `/` chair time without; as long as `minutes`. */
  readonly pattern?: string;
  /** `#rrggbb`. */
  readonly colour?: string;
  /** What such a visit is charged for; empty when the PMS keeps no such link. */
  readonly procedureCodes: readonly string[];
  readonly active: boolean;
}

/** A procedure that the PMS can schedule and charge. */
export interface PmsProcedureCode {
  readonly foreignId: ForeignId;
  /** As staff know it: `D1110`. */
  readonly code: string;
  readonly description: string;
  readonly active: boolean;
}

/** That a patient is due again. PHI throughout. */
export interface PmsRecall {
  readonly foreignId: ForeignId;
  readonly patientForeignId: ForeignId;
  /** The PMS's own name: `Prophy`, `Perio`. */
  readonly type: string;
  /** The day since which, or from which on, the patient is due. */
  readonly dueOn: LocalDate;
  /** The day of the visit that is booked for it, when there is one. */
  readonly scheduledOn?: LocalDate;
}
