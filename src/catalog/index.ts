export { CatalogImport, type ForeignOperatory, type ForeignProvider } from './catalog-import.js';
export { CatalogModule } from './catalog.module.js';
export { IMPORT_OUTCOMES, type ForeignCarrier, type ImportedCarrier } from './carriers/carrier-import.js';
export { canonicalCarrier } from './carriers/carrier-names.js';
export { CARRIER_STATUSES, type Carrier, type CarrierStatus } from './carriers/carrier.schema.js';
export { CarrierService } from './carriers/carrier.service.js';
export {
  ASK_RULES,
  QUESTION_TYPES,
  type AskRule,
  type InsuranceQuestion,
  type InsuranceSettings,
} from './carriers/insurance-settings.schema.js';
export { InsuranceSettingsService } from './carriers/insurance-settings.service.js';
export {
  Insurance,
  INSURANCE_FIELDS,
  INSURANCE_RESULTS,
  type InsuranceAnswer,
  type InsuranceField,
  type InsuranceResult,
} from './carriers/insurance.js';
export { suggestCarriers } from './carriers/suggestions.js';
export type { Operatory } from './operatories/operatory.schema.js';
export { OperatoryService } from './operatories/operatory.service.js';
export {
  PROVIDER_ROLES,
  type Gender,
  type Provider,
  type ProviderRole,
  type ScheduleException,
  type WallSpan,
  type Weekday,
} from './providers/provider.schema.js';
export { ScheduleExceptionDto, WeekdayDto } from './providers/dto/schedule.dto.js';
export { revisedProvider } from './providers/schedule-rules.js';
export { ProviderService } from './providers/provider.service.js';
export {
  ASSIGNMENTS,
  CONFIRM_MODES,
  MARK_MINUTES,
  PATIENT_TYPES,
  type Assignment,
  type ConfirmMode,
  type PatientType,
  type Reason,
  type ReasonAssist,
  type ReasonBuffers,
} from './reasons/reason.schema.js';
export { BuffersDto, MultipleOf5 } from './reasons/dto/reason.dto.js';
export { revisedReason, type ReasonTimes } from './reasons/visit-rules.js';
export { ReasonService } from './reasons/reason.service.js';
export { bookingLink } from './reasons/slug.js';
export type { Referrer } from './referrers/referrer.schema.js';
export { ReferrerService } from './referrers/referrer.service.js';
export { OperatoryGuards, ProviderGuards, ReasonGuards } from './shared/guards.js';
export type { HeldItem, Upserted } from './shared/imported-service.js';
export type { ForeignRef } from './shared/item.js';
export { PracticeLocations } from './shared/practice-locations.js';
export { CatalogSetup, type SetupState } from './setup.js';
export { Catalog } from './snapshot/catalog.js';
export {
  eligibleReasons,
  pairingsOf,
  providersOf,
  visitMinutes,
  type Pairing,
  type Visitor,
} from './snapshot/eligibility.js';
export type { CatalogSnapshot, Frozen } from './snapshot/snapshot.js';
