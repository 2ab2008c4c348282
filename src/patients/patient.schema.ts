import type { LocalDate } from '../kernel/index.js';
import { anyShape, defineCollection, sealed, type TenantDocument } from '../persistence/index.js';
import type { ConsentRecord } from './consents.js';
import { canonicalEmail, canonicalNameAndBirth, type Identity } from './identity.js';

export const SEXES = ['female', 'male', 'other', 'unknown'] as const;
export type Sex = (typeof SEXES)[number];

export const FAMILY_ROLES = ['self', 'guardian', 'dependent'] as const;
export type FamilyRole = (typeof FAMILY_ROLES)[number];

export const PATIENT_STATUSES = ['active', 'merged', 'erased'] as const;
export type PatientStatus = (typeof PATIENT_STATUSES)[number];

export interface PostalAddress {
  line1: string;
  line2: string | null;
  city: string;
  region: string | null;
  postalCode: string | null;
  /** ISO 3166-1 alpha-2. */
  country: string;
}

/** The record of a practice system that this patient stands for. */
export interface PatientForeignRef {
  connectionId: string;
  foreignId: string;
}

/** Contact data that a visitor typed for a known patient: shown to staff, used for nothing until they accept it. */
export interface PendingContact {
  id: string;
  phone: string | null;
  email: string | null;
  /** Epoch ms. */
  at: number;
  channel: string;
}

/** The least that booking needs to know of a person. All of it that is personal is sealed at rest (law 8). */
export interface Patient extends TenantDocument {
  firstName: string;
  lastName: string;
  preferredName: string | null;
  /** Empty when it is not known: once erased, or in a practice system that lacks it. */
  dateOfBirth: LocalDate;
  /** E.164. One of phone and email at least. */
  phone: string | null;
  email: string | null;
  sex: Sex | null;
  address: PostalAddress | null;
  /** BCP 47, e.g. `es`. */
  preferredLanguage: string | null;
  notes: string | null;
  pendingContacts: PendingContact[];
  /** What look-ups by name and birth compare; kept in step with the fields above. */
  identity: Identity | null;
  foreign: PatientForeignRef[];
  familyId: string | null;
  familyRole: FamilyRole;
  /** Append-only. */
  consents: ConsentRecord[];
  /** Patients of the same name and birth with other contact data, seen when this record was made. */
  possibleDuplicateIds: string[];
  status: PatientStatus;
  mergedIntoId: string | null;
}

export const patientCollection = defineCollection<Patient>({
  name: 'patients',
  owner: 'tenantId',
  fields: {
    firstName: sealed,
    lastName: sealed,
    preferredName: sealed,
    dateOfBirth: sealed,
    phone: sealed,
    email: sealed,
    sex: sealed,
    address: sealed,
    preferredLanguage: sealed,
    notes: sealed,
    pendingContacts: sealed,
    identity: sealed,
    phoneKey: String,
    emailKey: String,
    birthKey: String,
    nameBirthKey: String,
    foreign: anyShape,
    familyId: String,
    familyRole: { type: String, required: true },
    consents: anyShape,
    possibleDuplicateIds: [String],
    status: { type: String, required: true },
    mergedIntoId: String,
  },
  sealed: [
    'firstName',
    'lastName',
    'preferredName',
    'dateOfBirth',
    'phone',
    'email',
    'sex',
    'address',
    'preferredLanguage',
    'notes',
    'pendingContacts',
    'identity',
  ],
  blind: {
    phoneKey: { from: 'phone', normalise: (value) => String(value) },
    emailKey: { from: 'email', normalise: (value) => canonicalEmail(String(value)) },
    birthKey: { from: 'dateOfBirth', normalise: (value) => String(value) || undefined },
    nameBirthKey: { from: 'identity', normalise: (value) => canonicalNameAndBirth(value as Identity) },
  },
  indexes: [
    { key: { tenantId: 1, _id: 1 } },
    { key: { tenantId: 1, phoneKey: 1 } },
    { key: { tenantId: 1, emailKey: 1 } },
    { key: { tenantId: 1, birthKey: 1 } },
    { key: { tenantId: 1, nameBirthKey: 1 } },
    { key: { tenantId: 1, familyId: 1 } },
    { key: { tenantId: 1, 'foreign.connectionId': 1, 'foreign.foreignId': 1 } },
  ],
});
