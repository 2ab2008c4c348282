import type { PmsPlugin } from '../plugin.js';
import { bindChecks, type TestFramework } from './check.js';
import { PMS_FAULT_CHECKS } from './pms-faults.js';
import { PMS_READ_CHECKS } from './pms-reads.js';
import type { PmsCheck, PmsStand } from './pms-stand.js';
import { PMS_WEBHOOK_CHECKS } from './pms-webhooks.js';
import { PMS_WRITE_CHECKS } from './pms-writes.js';

/** Everything a PMS plugin promises. */
export const PMS_CHECKS: readonly PmsCheck[] = [
  ...PMS_READ_CHECKS,
  ...PMS_WRITE_CHECKS,
  ...PMS_FAULT_CHECKS,
  ...PMS_WEBHOOK_CHECKS,
];

/**
 * Registers the suite for one plugin: `describePmsConformance(plugin, startStand, { describe, it })`.
 * Returns the number of checks that apply to its capabilities.
 */
export function describePmsConformance(
  plugin: PmsPlugin,
  start: () => Promise<PmsStand>,
  framework: TestFramework,
): number {
  return bindChecks(`${plugin.id} keeps the PMS contract`, PMS_CHECKS, plugin.capabilities, start, framework);
}
