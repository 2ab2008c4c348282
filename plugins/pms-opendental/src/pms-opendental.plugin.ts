import { definePlugin, PMS_READS } from '@openchair/plugin-kit';
import { createOpenDental } from './adapter.js';
import { type OpenDentalConfig, openDentalConfigSchema } from './config.js';

/** Open Dental, through its own REST API. */
export const plugin = definePlugin<OpenDentalConfig>({
  id: 'pms-opendental',
  kind: 'pms',
  name: 'Open Dental',
  version: '1.0.0',
  compatibility: '^1.0',
  capabilities: {
    read: PMS_READS,
    write: ['patients', 'create', 'move', 'cancel', 'confirm', 'note'],
    webhooks: true,
    deltas: true,
    // It takes two visits at one time without a word.
    refusesOverlap: false,
    staleReadsMs: 0,
    takesAppointmentType: true,
  },
  configSchema: openDentalConfigSchema,
  secrets: ['developerKey', 'customerKey'],
  create: createOpenDental,
});
