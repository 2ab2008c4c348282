import { definePlugin, PMS_READS } from '@openchair/plugin-kit';
import { createNexHealth } from './adapter.js';
import { type NexHealthConfig, nexHealthConfigSchema } from './config.js';

const MINUTE = 60_000;

/** NexHealth's Synchronizer API: the way to Dentrix, Eaglesoft, Curve, Denticon and others. */
export const plugin = definePlugin<NexHealthConfig>({
  id: 'pms-nexhealth',
  kind: 'pms',
  name: 'NexHealth (Dentrix, Eaglesoft, Curve, Denticon and others)',
  version: '1.0.0',
  compatibility: '^1.0',
  capabilities: {
    read: PMS_READS,
    // No note: it can only be replaced whole, and the copy that it would be read from may be older than what staff wrote.
    write: ['patients', 'create', 'move', 'cancel', 'confirm'],
    webhooks: true,
    deltas: true,
    // The practice system says so later, or never.
    refusesOverlap: false,
    // NexHealth copies what staff do within 20 minutes, as it says itself.
    staleReadsMs: 20 * MINUTE,
    confirmsForGood: true,
    takesAppointmentType: true,
  },
  configSchema: nexHealthConfigSchema,
  secrets: ['apiKey', 'webhookSecret'],
  create: createNexHealth,
});
