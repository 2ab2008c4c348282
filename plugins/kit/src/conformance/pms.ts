import type { PmsPlugin } from '../plugin.js';
import { bindChecks, type TestFramework } from './check.js';
import { PMS_FAULT_CHECKS } from './pms-faults.js';
import { PMS_HTTP_CHECKS } from './pms-http.js';
import { PMS_LIST_CHECKS } from './pms-lists.js';
import { PMS_PATIENT_CHECKS } from './pms-patients.js';
import { PMS_READ_CHECKS } from './pms-reads.js';
import type { PmsCheck, PmsStand } from './pms-stand.js';
import { PMS_UNREADABLE_CHECKS } from './pms-unreadable.js';
import { PMS_WEBHOOK_CHECKS } from './pms-webhooks.js';
import { PMS_WRITE_CHECKS } from './pms-writes.js';

export { PMS_HTTP_CHECKS };

/** Everything a PMS plugin promises. */
export const PMS_CHECKS: readonly PmsCheck[] = [
  ...PMS_READ_CHECKS,
  ...PMS_LIST_CHECKS,
  ...PMS_PATIENT_CHECKS,
  ...PMS_WRITE_CHECKS,
  ...PMS_FAULT_CHECKS,
  ...PMS_UNREADABLE_CHECKS,
  ...PMS_WEBHOOK_CHECKS,
];

/**
 * Registers the suite for one plugin: `describePmsConformance(plugin, startStand, { describe, it })`. With `http`, its stands
 * hold an emulator, and what HTTP alone can do wrong is checked too. Returns how many checks apply to it.
 */
export function describePmsConformance(
  plugin: PmsPlugin,
  start: () => Promise<PmsStand>,
  framework: TestFramework,
  { http = false } = {},
): number {
  const checks = http ? [...PMS_CHECKS, ...PMS_HTTP_CHECKS] : PMS_CHECKS;
  return bindChecks(`${plugin.id} keeps the PMS contract`, checks, plugin.capabilities, start, framework);
}
