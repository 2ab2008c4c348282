import { CONFORMANCE_COUNTS, describePmsConformance } from '@openchair/plugin-kit/conformance';
import plugin from '../src/index.js';
import { OPERATIONS, startFhirStand } from './stand.js';

// FHIR asks no server to refuse an overlap, so the plugin does not promise it. With Slots or $book, it holds.
const refusing = { ...plugin, capabilities: { ...plugin.capabilities, refusesOverlap: true } };
const framework = { describe, it };
let checks = 0;

describe('a plain server', () => {
  checks += describePmsConformance(refusing, () => startFhirStand(), framework, { http: true });
});

describe('a server with $find and $book', () => {
  const start = () => startFhirStand({ alg: 'ES384', operations: OPERATIONS, withSlots: false });
  checks += describePmsConformance(refusing, start, framework, { http: true });
});

console.log(`pms-fhir: ${checks} checks`);

it('is held to all that its kind promises, but for recalls, procedures, the types of visits and webhooks', () => {
  const { pms, pmsHttp } = CONFORMANCE_COUNTS;
  expect(checks).toBe(2 * (pms + pmsHttp - 6));
});
