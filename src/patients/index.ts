export {
  CONSENT_CHANNELS,
  CONSENT_KINDS,
  consentState,
  type ConsentChannel,
  type ConsentKind,
  type ConsentRecord,
  type ConsentState,
} from './consents.js';
export { isReachable, mayWrite } from './contact.js';
export { Families, type FamilyMember, type FamilyWithMembers } from './families.js';
export { PatientErasure } from './patient-erasure.js';
export { PatientMatch, type VisitorPerson } from './patient-match.js';
export {
  FAMILY_ROLES,
  SEXES,
  type Patient,
  type PatientForeignRef,
  type PendingContact,
  type Sex,
} from './patient.schema.js';
export { Patients, type PatientSearch } from './patients.js';
export { PatientsModule } from './patients.module.js';
