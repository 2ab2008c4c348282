import { describePmsConformance } from '@openchair/plugin-kit/conformance';
import { startStand } from '../test/stand.js';
import plugin from './index.js';

const checks = describePmsConformance(plugin, startStand, { describe, it }, { http: true });
console.log(`pms-opendental: ${checks} checks`);
