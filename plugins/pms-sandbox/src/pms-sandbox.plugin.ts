import { definePlugin, PMS_READS } from '@openchair/plugin-kit';
import { type SandboxConfig, sandboxConfigSchema } from './config.js';
import { createSandbox } from './sandbox.js';

/** A practice system that needs no vendor: for trying the platform, for demonstrations and for tests. */
export const plugin = definePlugin<SandboxConfig>({
  id: 'pms-sandbox',
  kind: 'pms',
  name: 'Sandbox practice system',
  version: '1.0.0',
  compatibility: '^1.0',
  capabilities: {
    read: PMS_READS,
    write: ['patients', 'create', 'move', 'cancel', 'confirm', 'note'],
    webhooks: true,
    deltas: true,
    refusesOverlap: true,
    staleReadsMs: 0,
    takesAppointmentType: true,
  },
  configSchema: sandboxConfigSchema,
  secrets: ['accessKey', 'signingSecret'],
  create: createSandbox,
});
