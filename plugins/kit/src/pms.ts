import type { Call } from './deps.js';
import type { InboundEvent, VerifyInbound } from './inbound.js';
import type {
  ForeignId,
  LocalDate,
  Page,
  PmsAppointment,
  PmsAppointmentType,
  PmsCarrier,
  PmsOperatory,
  PmsPatient,
  PmsProcedureCode,
  PmsProvider,
  PmsRecall,
  PmsScheduleRecord,
} from './pms-records.js';

export type PmsRead =
  | 'providers'
  | 'operatories'
  | 'schedules'
  | 'appointments'
  | 'patients'
  | 'recalls'
  | 'carriers'
  | 'appointment_types'
  | 'procedure_codes';
export type PmsWrite = 'patients' | 'create' | 'move' | 'cancel' | 'confirm' | 'note';
/** What a vendor's webhook may be about. */
export type PmsTopic = PmsRead;

/** What a PMS can do. A method whose capability is not declared is absent. */
export interface PmsCapabilities {
  readonly read: readonly PmsRead[];
  readonly write: readonly PmsWrite[];
  /** The vendor calls us: `verifyInbound` is present. */
  readonly webhooks: boolean;
  /**
   * `updatedSince` is honoured by the pulls that take it, and brings cancelled visits too, and deleted ones where the PMS tells
   * of them. Otherwise pulls are full.
   */
  readonly deltas: boolean;
  /** The PMS itself refuses an overlapping write with `Conflict`. Otherwise the host reads back and reconciles. */
  readonly refusesOverlap: boolean;
  /** How far a read may lag behind a write, in milliseconds; 0 = reads its own writes. */
  readonly staleReadsMs: number;
  /** The mark of `confirm` cannot be taken back: `confirmed: false` for a visit that bears it is `Rejected`. */
  readonly confirmsForGood?: boolean;
  /** A visit may be written under one of the PMS's appointment types. Otherwise none is named to `create`. */
  readonly takesAppointmentType?: boolean;
}

/** The methods that each capability brings. `create` brings the question "did you do it?" with it. */
export const PMS_METHODS = {
  read: {
    providers: ['pullProviders'],
    operatories: ['pullOperatories'],
    schedules: ['pullSchedules'],
    appointments: ['pullAppointments'],
    patients: ['pullPatients'],
    recalls: ['pullRecalls'],
    carriers: ['pullCarriers'],
    appointment_types: ['pullAppointmentTypes'],
    procedure_codes: ['pullProcedureCodes'],
  },
  write: {
    patients: ['findOrCreatePatient'],
    create: ['createAppointment', 'findByOurReference'],
    move: ['moveAppointment'],
    cancel: ['cancelAppointment'],
    confirm: ['confirmAppointment'],
    note: ['addAppointmentNote'],
  },
} as const satisfies {
  read: Record<PmsRead, readonly (keyof PmsAdapter)[]>;
  write: Record<PmsWrite, readonly (keyof PmsAdapter)[]>;
};

/** Every kind of record that can be read, and with it every topic of a webhook. */
export const PMS_READS = Object.keys(PMS_METHODS.read) as readonly PmsRead[];

/** Answer of a probe: the PMS is reached and the credentials work. */
export interface PmsProbe {
  /** What the vendor calls the installation or its version; shown to staff. */
  readonly description: string;
  /** The PMS's own clock in epoch milliseconds, when it tells. */
  readonly serverTime?: number;
}

export interface PullQuery {
  readonly cursor?: string;
}

/** Local days, both included. */
export interface DayRange {
  readonly from: LocalDate;
  readonly to: LocalDate;
}

export interface SchedulesQuery extends PullQuery, DayRange {}

/** With `updatedSince` (epoch milliseconds): only what changed at or after it, whatever its day within the range. */
export interface AppointmentsQuery extends PullQuery, DayRange {
  readonly updatedSince?: number;
}

export interface PatientsQuery extends PullQuery {
  readonly updatedSince?: number;
}

/** Recalls whose `dueOn` is within the days. */
export interface RecallsQuery extends PullQuery, DayRange {}

/**
 * Who books. The record over there is found by the rules of `matchPatient`; when nobody fits, it is made. A record that is
 * found is not changed.
 */
export interface PatientRequest {
  /** Our id of the patient. The same reference again finds the same patient. */
  readonly reference: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly dateOfBirth?: LocalDate;
  readonly email?: string;
  readonly phone?: string;
}

export interface FoundPatient {
  readonly foreignId: ForeignId;
  readonly created: boolean;
}

/** A visit to write. Instants are epoch milliseconds on a minute. */
export interface NewPmsAppointment {
  /** Our id of the appointment, kept by the PMS; the same reference again is the same visit. */
  readonly reference: string;
  readonly patientForeignId: ForeignId;
  readonly providerForeignId: ForeignId;
  readonly operatoryForeignId: ForeignId;
  readonly start: number;
  readonly end: number;
  readonly pattern?: string;
  readonly note?: string;
  readonly procedureCodes?: readonly string[];
  /** The kind of visit, one of `pullAppointmentTypes`; given only to a PMS that `takesAppointmentType`. */
  readonly appointmentTypeForeignId?: ForeignId;
}

/** A new time; provider and operatory stay when left out. */
export interface PmsMove {
  readonly foreignId: ForeignId;
  readonly start: number;
  readonly end: number;
  readonly providerForeignId?: ForeignId;
  readonly operatoryForeignId?: ForeignId;
  readonly pattern?: string;
}

export interface PmsCancel {
  readonly foreignId: ForeignId;
  /** `missed` is a no-show. */
  readonly as: 'cancelled' | 'missed';
}

export interface PmsConfirm {
  readonly foreignId: ForeignId;
  readonly confirmed: boolean;
}

export interface PmsNote {
  readonly foreignId: ForeignId;
  /** PHI. One line, at most 500 characters. */
  readonly text: string;
}

/**
 * A connection to one practice's PMS. Every method may throw the kit's errors and nothing else on purpose.
 * Writes answer with the record as the PMS holds it afterwards. Repeating a finished write (same reference, same
 * idempotency key, or a state that already holds) is not an error and changes nothing.
 */
export interface PmsAdapter {
  /** Cheap and harmless. `Unauthorized` when the credentials do not work. */
  probe(call: Call): Promise<PmsProbe>;
  pullProviders?(call: Call, query: PullQuery): Promise<Page<PmsProvider>>;
  pullOperatories?(call: Call, query: PullQuery): Promise<Page<PmsOperatory>>;
  pullSchedules?(call: Call, query: SchedulesQuery): Promise<Page<PmsScheduleRecord>>;
  pullAppointments?(call: Call, query: AppointmentsQuery): Promise<Page<PmsAppointment>>;
  pullPatients?(call: Call, query: PatientsQuery): Promise<Page<PmsPatient>>;
  pullRecalls?(call: Call, query: RecallsQuery): Promise<Page<PmsRecall>>;
  pullCarriers?(call: Call, query: PullQuery): Promise<Page<PmsCarrier>>;
  pullAppointmentTypes?(call: Call, query: PullQuery): Promise<Page<PmsAppointmentType>>;
  pullProcedureCodes?(call: Call, query: PullQuery): Promise<Page<PmsProcedureCode>>;
  findOrCreatePatient?(call: Call, request: PatientRequest): Promise<FoundPatient>;
  /** `Conflict` with alternatives when the time is taken and the PMS checks; `NotFound` for an unknown foreign id. */
  createAppointment?(call: Call, request: NewPmsAppointment): Promise<PmsAppointment>;
  moveAppointment?(call: Call, request: PmsMove): Promise<PmsAppointment>;
  cancelAppointment?(call: Call, request: PmsCancel): Promise<PmsAppointment>;
  confirmAppointment?(call: Call, request: PmsConfirm): Promise<PmsAppointment>;
  /** Puts a line below the note of a visit and keeps what staff wrote there. A note that holds the line already stays as it is. */
  addAppointmentNote?(call: Call, request: PmsNote): Promise<PmsAppointment>;
  /** "Did you do it?": the visit that carries our reference, whatever its status, or null. */
  findByOurReference?(call: Call, reference: string): Promise<PmsAppointment | null>;
  verifyInbound?: VerifyInbound<InboundEvent<PmsTopic>>;
}
