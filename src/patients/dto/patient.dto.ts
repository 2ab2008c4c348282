import { IntersectionType, OmitType, PartialType } from '@nestjs/swagger';
import {
  AnswerOf,
  Bool,
  CalendarDate,
  Email,
  Id,
  IdList,
  Instant,
  Nested,
  NestedList,
  OneOf,
  PageQuery,
  Phone,
  Stamps,
  Text,
} from '../../http/index.js';
import {
  CONSENT_CHANNELS,
  CONSENT_KINDS,
  type ConsentChannel,
  type ConsentKind,
  type ConsentState,
} from '../consents.js';
import {
  FAMILY_ROLES,
  PATIENT_STATUSES,
  SEXES,
  type FamilyRole,
  type PatientStatus,
  type Sex,
} from '../patient.schema.js';

const none = { optional: true, nullable: true } as const;
const nullable = { nullable: true } as const;
/** A name has a letter: it is compared by its letters. */
const NAME = { max: 80, pattern: /\p{L}/u } as const;

export class AddressDto {
  @Text({ max: 200 })
  line1!: string;

  @Text({ max: 200, ...none })
  line2?: string | null;

  @Text({ max: 120 })
  city!: string;

  @Text({ max: 80, ...none })
  region?: string | null;

  @Text({ max: 20, ...none })
  postalCode?: string | null;

  @Text({ max: 2, min: 2, pattern: /^[A-Z]{2}$/, example: 'US', description: 'ISO 3166-1 alpha-2' })
  country!: string;
}

export class CreatePatient {
  @Text({ ...NAME, example: 'Ada' })
  firstName!: string;

  @Text({ ...NAME, example: 'Park' })
  lastName!: string;

  @Text({ max: 80, ...none })
  preferredName?: string | null;

  @CalendarDate({ example: '1990-04-12' })
  dateOfBirth!: string;

  @Phone({ ...none, description: 'One of phone and email at least' })
  phone?: string | null;

  @Email(none)
  email?: string | null;

  @OneOf(SEXES, none)
  sex?: Sex | null;

  @Nested(() => AddressDto, none)
  address?: AddressDto | null;

  @Text({ max: 35, pattern: /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/, ...none, example: 'es', description: 'BCP 47' })
  preferredLanguage?: string | null;

  @Text({ max: 4_000, multiline: true, ...none, description: 'For staff' })
  notes?: string | null;
}

export class PatchPatient extends PartialType(CreatePatient, { skipNullProperties: false }) {}

export class CreateConsent {
  @OneOf(CONSENT_KINDS)
  kind!: ConsentKind;

  @Bool({ description: 'False withdraws it' })
  given!: boolean;

  @Text({ max: 80, example: '2027-01', description: 'Version of the text that was shown' })
  textVersion!: string;

  @OneOf(CONSENT_CHANNELS, { optional: true, default: 'staff' })
  channel?: ConsentChannel;
}

export class ConsentView extends AnswerOf(CreateConsent) {
  @Instant()
  at!: string;

  @Text({ max: 64, nullable: true, description: 'The widget session it was given in' })
  sessionId!: string | null;
}

const decision = { nullable: true, description: 'Null: never asked' } as const;

/** What holds now. */
export class ConsentStateView implements ConsentState {
  @Bool(decision)
  sms!: boolean | null;

  @Bool(decision)
  email!: boolean | null;

  @Bool(decision)
  marketing!: boolean | null;

  @Bool(decision)
  privacy!: boolean | null;

  @Bool(decision)
  treatment_contact!: boolean | null;
}

export class ConsentsView {
  @Nested(() => ConsentStateView)
  state!: ConsentStateView;

  @NestedList(() => ConsentView, { maxItems: 10_000, description: 'Oldest first' })
  history!: ConsentView[];
}

export class PatientForeignView {
  @Text({ max: 64 })
  connectionId!: string;

  @Text({ max: 255 })
  foreignId!: string;
}

export class PendingContactView {
  @Text({ max: 40 })
  id!: string;

  @Phone(nullable)
  phone!: string | null;

  @Email(nullable)
  email!: string | null;

  @Instant()
  at!: string;

  @Text({ max: 20 })
  channel!: string;
}

export class PatientView extends IntersectionType(
  AnswerOf(OmitType(CreatePatient, ['firstName', 'lastName', 'dateOfBirth'])),
  Stamps,
) {
  @Id('patient')
  id!: string;

  @Text({ min: 0, max: 80, description: 'Empty once the patient is erased' })
  firstName!: string;

  @Text({ min: 0, max: 80, description: 'Empty once the patient is erased' })
  lastName!: string;

  @CalendarDate({ ...nullable, description: 'Null when it is not known' })
  dateOfBirth!: string | null;

  @OneOf(PATIENT_STATUSES)
  status!: PatientStatus;

  @Id('patient', { ...nullable, description: 'Who a merged patient really is' })
  mergedIntoId!: string | null;

  @Id('family', nullable)
  familyId!: string | null;

  @OneOf(FAMILY_ROLES)
  familyRole!: FamilyRole;

  @NestedList(() => PatientForeignView, { maxItems: 100, description: 'Its records in practice systems' })
  foreign!: PatientForeignView[];

  @NestedList(() => PendingContactView, {
    maxItems: 10,
    description: 'Contact data that a visitor typed; used for nothing until accepted',
  })
  pendingContacts!: PendingContactView[];

  @IdList('patient', { maxItems: 1_000, description: 'The same name and birth with other contact data' })
  possibleDuplicateIds!: string[];

  @Nested(() => ConsentStateView)
  consents!: ConsentStateView;
}

export class PatientQuery extends PageQuery {
  @OneOf(PATIENT_STATUSES, { optional: true, default: 'active' })
  status?: PatientStatus;

  @Id('family', { optional: true })
  familyId?: string;
}

/** In a body and not in the address, where it would be kept by logs and histories. */
export class SearchPatients extends PageQuery {
  @Phone({ optional: true })
  phone?: string;

  @Email({ optional: true, description: 'Case does not matter' })
  email?: string;

  @CalendarDate({ optional: true })
  dateOfBirth?: string;

  @Text({ ...NAME, optional: true, description: 'With dateOfBirth; accents, case and punctuation do not matter' })
  lastName?: string;
}

export class MergePatient {
  @Id('patient', { description: 'The record that stays' })
  intoId!: string;
}

export class DecideContact {
  @Bool({ description: 'True takes it over, false throws it away' })
  accept!: boolean;
}
