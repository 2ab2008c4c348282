import { CONFORMANCE_COUNTS, describePmsConformance } from '@openchair/plugin-kit/conformance';
import { plugin } from '../src/index.js';
import { startStand } from './stand.js';

const checks = describePmsConformance(plugin, startStand, { describe, it }, { http: true });

console.log(`pms-nexhealth: ${checks} checks`);

it('counts', () => expect(checks).toBeLessThanOrEqual(CONFORMANCE_COUNTS.pms + CONFORMANCE_COUNTS.pmsHttp));
