import { formatInstant } from '../kernel/index.js';
import { consentState } from './consents.js';
import type { ConsentsView, PatientView } from './dto/patient.dto.js';
import type { FamilyView } from './dto/family.dto.js';
import type { FamilyWithMembers } from './families.js';
import type { Patient } from './patient.schema.js';

export function patientView(patient: Patient): PatientView {
  const { _id, tenantId: _, identity: __, consents, pendingContacts, createdAt, updatedAt, ...rest } = patient;
  return {
    id: _id,
    ...rest,
    dateOfBirth: rest.dateOfBirth || null,
    pendingContacts: pendingContacts.map((one) => ({ ...one, at: formatInstant(one.at) })),
    consents: consentState(consents),
    createdAt: formatInstant(createdAt),
    updatedAt: formatInstant(updatedAt),
  };
}

export function consentsView({ consents }: Patient): ConsentsView {
  return {
    state: consentState(consents),
    history: consents.map((record) => ({ ...record, at: formatInstant(record.at) })),
  };
}

export function familyView({ family, members }: FamilyWithMembers): FamilyView {
  const { _id, guarantorId, version, createdAt, updatedAt } = family;
  return {
    id: _id,
    guarantorId,
    members,
    version,
    createdAt: formatInstant(createdAt),
    updatedAt: formatInstant(updatedAt),
  };
}
