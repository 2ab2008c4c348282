import { definePlugin } from '@openchair/plugin-kit';
import { type FhirConfig, fhirConfigSchema } from './config.js';
import { createFhirAdapter } from './fhir-adapter.js';

/** Any server that speaks FHIR R4: plain ones, and those that offer `$find`, `$hold` and `$book`. */
export const plugin = definePlugin<FhirConfig>({
  id: 'pms-fhir',
  kind: 'pms',
  name: 'FHIR R4 server',
  version: '1.0.0',
  compatibility: '^1.0',
  capabilities: {
    // FHIR has no common form for recalls and none for a list of procedures.
    read: ['providers', 'operatories', 'schedules', 'appointments', 'patients', 'carriers', 'appointment_types'],
    write: ['patients', 'create', 'move', 'cancel', 'confirm', 'note'],
    webhooks: false,
    deltas: true,
    // True of servers with Slots or with $book, but FHIR asks it of none.
    refusesOverlap: false,
    staleReadsMs: 0,
  },
  configSchema: fhirConfigSchema,
  secrets: ['accessToken', 'privateKey'],
  create: createFhirAdapter,
});
