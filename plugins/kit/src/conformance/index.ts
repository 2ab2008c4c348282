import { NOTIFICATION_CHECKS } from './notification.js';
import { PMS_CHECKS, PMS_HTTP_CHECKS } from './pms.js';

export * from './check.js';
export { type EmulatedAnswer, type EmulatedRecord, type EmulatedRequest, Emulator, type Refusal } from './emulator.js';
export { type HttpFault, SPOILT_ANSWERS, type SpoiltAnswer } from './emulator-faults.js';
export * from './notification.js';
export * from './pms.js';
export { type Place, type PmsCheck, type PmsStand, readAll, readPages } from './pms-stand.js';
export * from './test-deps.js';

/** How many promises each kind makes, before capabilities narrow them. */
export const CONFORMANCE_COUNTS = {
  pms: PMS_CHECKS.length,
  pmsHttp: PMS_HTTP_CHECKS.length,
  notification: NOTIFICATION_CHECKS.length,
} as const;
