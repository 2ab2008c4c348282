import { CARRIER_STATUSES, IMPORT_OUTCOMES, MultipleOf5, PATIENT_TYPES } from '../../catalog/index.js';
import type { CarrierStatus, PatientType } from '../../catalog/index.js';
import {
  Bool,
  CalendarDate,
  Color,
  Id,
  IdList,
  Instant,
  Int,
  NestedList,
  OneOf,
  PageQuery,
  QueryBool,
  SomeOf,
  Text,
  TextList,
} from '../../http/index.js';
import { LISTS } from '../lists/lists.js';
import { WARNING_CODES } from '../lists/reason-warnings.js';
import { TAKEN_PARTS, type TakenPart } from '../lists/type-reasons.js';
import { SyncConnectionParams } from './sync-params.dto.js';

const MOST = 1_000_000_000;
const foreignId = { max: 255, example: '301', description: 'Its id in the practice system' } as const;

/** How the reading of one list beside the book stands. */
export class SyncListView {
  @OneOf(LISTS)
  kind!: string;

  @OneOf(['not_offered', 'waiting', 'read', 'failing'], {
    description:
      '`not_offered`: the practice system does not let it be read; `failing`: see `reason`; the book goes on',
  })
  state!: string;

  @Instant({ nullable: true, description: 'The last time that it was read whole' })
  at!: string | null;

  @Int({ min: 0, max: MOST, description: 'What it held then' })
  records!: number;

  @Int({ min: 0, max: MOST, description: 'Records that could not be read then; what was known of them stands' })
  unreadable!: number;

  @Text({ max: 60, nullable: true, example: 'timeout', description: 'Why it cannot be read, as a code' })
  reason!: string | null;

  @Text({ max: 500, nullable: true, description: 'The reason in words for staff' })
  explanation!: string | null;

  @Instant({ nullable: true, description: 'Since when it cannot be read' })
  failingSince!: string | null;

  @Instant({ nullable: true, description: 'When it is tried again' })
  retryAt!: string | null;
}

/** Something of a reason for visit that the practice system would stumble over. */
export class SyncWarningView {
  @OneOf(WARNING_CODES)
  code!: string;

  @Id('reason')
  reasonId!: string;

  @Text({ max: 255, example: 'D9999', description: 'The procedure code, or the id of the appointment type over there' })
  value!: string;

  @Text({ max: 1_000, description: 'What is wrong and what to do, for staff' })
  detail!: string;
}

export class PmsListQuery extends PageQuery {
  @QueryBool()
  @Bool({ optional: true, description: 'Left out: both' })
  active?: boolean;

  @Text({
    max: 80,
    optional: true,
    example: 'delta',
    description: 'A part of its name, code or payer id; case and accents do not matter',
  })
  q?: string;
}

export class PmsCarrierView {
  @Id('pmsListItem')
  id!: string;

  @Text(foreignId)
  foreignId!: string;

  @Text({ max: 200, example: 'Delta Dental of Illinois' })
  name!: string;

  @Text({ max: 200, nullable: true, description: 'The number under which claims reach it' })
  payerId!: string | null;

  @Bool({ description: 'False for one that is hidden over there' })
  active!: boolean;

  @Id('carrier', { nullable: true, description: 'The carrier of the practice that stands for it' })
  carrierId!: string | null;
}

export class ImportCarriers {
  @IdList('pmsListItem', { maxItems: 500, minItems: 1, optional: true, description: 'Left out: all that are active' })
  ids?: string[];

  @OneOf(CARRIER_STATUSES, { optional: true, default: 'accepted', description: 'Of the carriers that are made' })
  status?: CarrierStatus;
}

export class ImportedCarrierView {
  @Id('pmsListItem')
  id!: string;

  @OneOf(IMPORT_OUTCOMES, {
    description:
      '`linked`: a carrier that the practice has, by name or payer id, stands for it now; `skipped`: its name has no letter',
  })
  outcome!: string;

  @Id('carrier', { nullable: true })
  carrierId!: string | null;
}

export class ImportedCarriersView {
  @Int({ min: 0, max: MOST })
  created!: number;

  @Int({ min: 0, max: MOST })
  linked!: number;

  @Int({ min: 0, max: MOST })
  unchanged!: number;

  @NestedList(() => ImportedCarrierView, { maxItems: 1_000 })
  data!: ImportedCarrierView[];
}

export class PmsAppointmentTypeView {
  @Id('pmsListItem')
  id!: string;

  @Text(foreignId)
  foreignId!: string;

  @Text({ max: 200, example: 'Adult cleaning' })
  name!: string;

  @Int({
    min: 1,
    max: 1_440,
    nullable: true,
    description: 'How long it takes; null when the practice system does not say',
  })
  minutes!: number | null;

  @Text({
    max: 300,
    nullable: true,
    example: '/XX/',
    description: '5-minute marks: `X` with the provider, `/` without',
  })
  pattern!: string | null;

  @Color({ nullable: true })
  colour!: string | null;

  @TextList({ max: 40, maxItems: 500, example: ['D1110'] })
  procedureCodes!: string[];

  @Bool({ description: 'False for one that is hidden over there' })
  active!: boolean;

  @IdList('reason', { maxItems: 1_000, description: 'The reasons for visit that stand for it' })
  reasonIds!: string[];
}

export class AppointmentTypeParams extends SyncConnectionParams {
  @Id('pmsListItem')
  appointmentTypeId!: string;
}

export class TypeReasonParams extends AppointmentTypeParams {
  @Id('reason')
  reasonId!: string;
}

export class CreateTypeReason {
  @Text({ max: 120, optional: true, example: 'Cleaning', description: 'Default: as the type is called' })
  name?: string;

  @MultipleOf5()
  @Int({ min: 5, max: 480, optional: true, description: 'Needed when the type does not say how long it takes' })
  durationMinutes?: number;

  @SomeOf(PATIENT_TYPES, { minItems: 1, description: 'Who may book' })
  patientTypes!: PatientType[];

  @IdList('provider', { maxItems: 100, minItems: 1 })
  providerIds!: string[];

  @IdList('operatory', { maxItems: 100, minItems: 1 })
  operatoryIds!: string[];

  @IdList('location', { maxItems: 100, optional: true, description: 'Empty: at every location' })
  locationIds?: string[];

  @Bool({ optional: true, default: true, description: 'False hides it from patients' })
  active?: boolean;
}

export class LinkTypeReason {
  @SomeOf(TAKEN_PARTS, {
    optional: true,
    default: [],
    description: 'What the reason takes over from the type, where the type says it; its other fields stay',
  })
  take?: TakenPart[];
}

/** A reason for visit with what it has of its appointment type. */
export class TypeReasonView {
  @Id('reason')
  reasonId!: string;

  @Id('pmsListItem')
  appointmentTypeId!: string;

  @Text({ max: 120 })
  name!: string;

  @Int({ min: 5, max: 480, nullable: true })
  durationMinutes!: number | null;

  @Text({ max: 96, nullable: true })
  pattern!: string | null;

  @TextList({ max: 20, maxItems: 50, description: 'Its own; when it has none, its visits bear those of the type' })
  procedureCodes!: string[];
}

export class PmsProcedureCodeView {
  @Id('pmsListItem')
  id!: string;

  @Text(foreignId)
  foreignId!: string;

  @Text({ max: 200, example: 'D1110' })
  code!: string;

  @Text({ max: 200, example: 'Adult cleaning' })
  description!: string;

  @Bool({ description: 'False for one that is not used any more' })
  active!: boolean;
}

export class RecallsQuery extends PageQuery {
  @CalendarDate({ optional: true, description: 'Due on that day or later' })
  dueFrom?: string;

  @CalendarDate({ optional: true, description: 'Due on that day or earlier' })
  dueTo?: string;

  @Text({ max: 200, optional: true, example: 'Prophy', description: "The practice system's own word" })
  type?: string;

  @QueryBool()
  @Bool({ optional: true, description: 'Whether a visit is booked for it; left out: both' })
  scheduled?: boolean;
}

/** That a patient is due again. */
export class RecallView {
  @Id('recall')
  id!: string;

  @Id('patient', { nullable: true, description: 'Null for a patient whom only the practice system knows' })
  patientId!: string | null;

  @Text({ ...foreignId, example: '2001', description: 'The id of the patient in the practice system' })
  patientForeignId!: string;

  @Text({ min: 0, max: 200, example: 'Prophy', description: "The practice system's own word" })
  type!: string;

  @CalendarDate({ description: 'The day since which, or from which on, the patient is due' })
  dueOn!: string;

  @CalendarDate({ nullable: true, description: 'The day of the visit that is booked for it' })
  scheduledOn!: string | null;
}
