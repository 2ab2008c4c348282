import { generateKeyPairSync, type KeyPairKeyObjectResult } from 'node:crypto';
import type { PmsRead } from '@openchair/plugin-kit';
import { type Place, type PmsStand, type TestDeps, testDeps, testZone } from '@openchair/plugin-kit/conformance';
import plugin from '../src/index.js';
import { FhirEmulator, type EmulatorOptions } from './emulator/fhir-emulator.js';
import { FrontDesk } from './emulator/front-desk.js';
import { LICENCE, RANGE, seed, SSN } from './emulator/seed.js';
import { Store } from './emulator/store.js';
import { CLIENT_ID, KEY_ID } from './emulator/token-endpoint.js';

/** A Monday, 9:00 in Chicago. */
export const NOW = Date.UTC(2027, 2, 8, 15);
const TOKEN = 'a-token-of-the-plain-server';
const HALF_HOUR = 1_800_000;

/** The key pairs of a registered client, made once. */
export const KEYS: Readonly<Record<'RS384' | 'ES384', KeyPairKeyObjectResult>> = {
  RS384: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES384: generateKeyPairSync('ec', { namedCurve: 'secp384r1' }),
};

export const OPERATIONS = ['find', 'hold', 'confirm', 'book', 'reschedule', 'cancel'] as const;

/** The practice as every stand begins with it. */
const SEEDED = { withSlots: seeded(true), withoutSlots: seeded(false) };

function seeded(withSlots: boolean): Store {
  const store = new Store(() => NOW);
  seed(store, testZone('America/Chicago'), withSlots);
  return store;
}

/** Where a list is, and what makes a resource of it unreadable. */
const SPOILT: Partial<Record<PmsRead, Parameters<FhirEmulator['spoilRecord']>>> = {
  providers: [/\/Practitioner$/, (resource) => ({ ...resource, name: 7 })],
  // The site itself is a Location, too.
  operatories: [/\/Location$/, (resource) => (resource['id'] === 'r2' ? { ...resource, name: 7 } : resource)],
  schedules: [/\/Slot$/, (resource) => ({ ...resource, start: 'soon' })],
  appointments: [/\/Appointment$/, (resource) => ({ ...resource, start: 'soon' })],
  patients: [/\/Patient$/, (resource) => ({ ...resource, name: 7 })],
};

/** A stand, and the server behind it. */
export interface FhirStand extends PmsStand {
  readonly emulator: FhirEmulator;
  readonly desk: FrontDesk;
  readonly deps: TestDeps;
  readonly config: Readonly<Record<string, unknown>>;
}

export interface StandOptions extends Omit<EmulatorOptions, 'zone' | 'auth'> {
  readonly alg?: 'RS384' | 'ES384';
  /** Whether the server has Slots that are free; otherwise its Schedules imply when they are. */
  readonly withSlots?: boolean;
  readonly config?: Readonly<Record<string, unknown>>;
}

/** A server with a practice on it: with a fixed token, or with SMART when `alg` is given. */
export async function startFhirStand({
  alg,
  withSlots = true,
  config = {},
  ...options
}: StandOptions = {}): Promise<FhirStand> {
  const deps = testDeps({ now: NOW });
  const auth = alg ? { key: KEYS[alg].publicKey } : { token: TOKEN };
  const template = withSlots ? SEEDED.withSlots : SEEDED.withoutSlots;
  const emulator = new FhirEmulator(deps.clock, { ...options, template, zone: deps.zone, auth });
  await emulator.listen();
  const desk = new FrontDesk(emulator.store);
  const privateKey = KEYS[alg ?? 'ES384'].privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const credentials = alg
    ? { auth: 'smart', clientId: CLIENT_ID, keyId: KEY_ID, privateKey }
    : { auth: 'bearer', accessToken: TOKEN };
  const whole = { baseUrl: emulator.baseUrl, ...credentials, ...config };
  return {
    adapter: plugin.create(whole, deps),
    config: whole,
    emulator,
    desk,
    deps,
    range: RANGE,
    newcomer: {
      reference: 'pat_1',
      firstName: 'Zoë',
      lastName: 'Quill-Ångström',
      dateOfBirth: '1991-07-04',
      phone: '+12025550147',
      email: 'zoe.quill@example.com',
    },
    secrets: [TOKEN, SSN, LICENCE, ...privateKey.split('\n').slice(1, 4)],
    lines: deps.lines,
    fault: (fault) => emulator.fault(fault),
    spoilRecord: async (kind) => emulator.spoilRecord(...SPOILT[kind]!),
    freePlaces: async (count) => freePlaces(desk, deps, count),
    enterAtFrontDesk: async (place) => desk.enter(place).id,
    countAt: async (place) => desk.at(place).length,
    stop: () => emulator.stop(),
  };
}

/** Half hours of the dentist in the first room that nobody has. */
function freePlaces(desk: FrontDesk, { zone, clock }: TestDeps, count: number): Place[] {
  const places: Place[] = [];
  for (let day = Date.parse(`${RANGE.from}T00:00Z`); places.length < count; day += 86_400_000) {
    const date = new Date(day);
    if ([0, 6].includes(date.getUTCDay())) continue;
    for (const time of ['10:30', '15:00', '16:00']) {
      const start = zone.toInstant(`${date.toISOString().slice(0, 10)}T${time}`);
      const place = { providerForeignId: '101', operatoryForeignId: 'r1', start, end: start + HALF_HOUR };
      if (start > clock.now() && desk.isFree(place)) places.push(place);
    }
  }
  return places.slice(0, count);
}
