import assert from 'node:assert/strict';
import type { NewPmsAppointment, PluginConfig, PluginDeps, PmsAdapter, PmsRead } from '@openchair/plugin-kit';
import { call, type Place, type PmsStand, type TestDeps, testDeps } from '@openchair/plugin-kit/conformance';
import { plugin } from '../src/index.js';
import { NexHealthEmulator } from './emulator.js';
import { LOCATION, PRIVATE, SUBDOMAIN, ZONE } from './practice.js';

export const NOW = Date.UTC(2027, 2, 8, 15);
export const RANGE = { from: '2027-03-08', to: '2027-05-06' };
const SECRET = 'a webhook secret';

/** Where a list is, and what makes a record of it unreadable. */
const SPOILT: Partial<Record<PmsRead, Parameters<NexHealthEmulator['spoilRecord']>>> = {
  providers: [/^\/providers$/, () => null],
  operatories: [/^\/operatories$/, () => 'OP1'],
  schedules: [/^\/working_hours$/, (row) => ({ ...row, begin_time: 'soon' })],
  appointments: [/^\/appointments$/, (row) => ({ ...row, start_time: 'soon' })],
  patients: [/^\/patients$/, (row) => ({ ...row, updated_at: null })],
};

export interface NexHealthStand extends PmsStand {
  readonly emulator: NexHealthEmulator;
  readonly deps: TestDeps;
  /** Another adapter over the same practice. */
  connect(config?: PluginConfig, overrides?: Partial<PluginDeps>): PmsAdapter;
}

/** An adapter over an emulated practice. Stopping it fails when the adapter sent what NexHealth does not know. */
export async function startStand({ prompt = true } = {}): Promise<NexHealthStand> {
  const deps = testDeps({ now: NOW, zone: ZONE });
  const emulator = new NexHealthEmulator(deps.clock);
  const { office } = emulator;
  office.prompt = prompt;
  office.secret = SECRET;
  await emulator.listen();
  const own = { apiKey: emulator.apiKey, subdomain: SUBDOMAIN, locationId: LOCATION, workingHours: 'synced' };
  const connect: NexHealthStand['connect'] = (config, overrides) =>
    plugin.create({ ...own, baseUrl: emulator.url, webhookSecret: SECRET, ...config }, { ...deps, ...overrides });
  return {
    adapter: connect(),
    connect,
    deps,
    emulator,
    range: RANGE,
    newcomer: {
      reference: 'pat_1',
      firstName: 'Zelda',
      lastName: 'Quill',
      dateOfBirth: '1991-07-04',
      phone: '+13125550147',
      email: 'zelda.quill@example.com',
    },
    secrets: [emulator.apiKey, SECRET, ...Object.values(PRIVATE)],
    lines: deps.lines,
    fault: (fault) => emulator.fault(fault),
    spoilRecord: async (kind) => emulator.spoilRecord(...SPOILT[kind]!),
    freePlaces: async (count) => freePlaces(deps, count),
    enterAtFrontDesk: async (place) => String(office.enterAt(place)),
    countAt: async (place) => office.countAt(place),
    webhooks: {
      body: (events) => {
        const [event] = events;
        const isVisit = event?.topic === 'appointments';
        const message = {
          resource_type: isVisit ? 'Appointment' : 'WorkingHour',
          event_name: isVisit ? 'appointment_updated' : 'working_hour_updated',
          event_time: '2027-03-08T15:00:00.000Z',
          data: isVisit ? { appointments: [{ id: Number(event.foreignId), location_id: LOCATION }] } : {},
          subdomain: SUBDOMAIN,
        };
        return office.signed(message).body;
      },
      sign: (body) => office.sign(body),
    },
    stop: async () => {
      await emulator.stop();
      assert.deepEqual(emulator.ignored, [], 'the adapter sends no parameters that NexHealth does not know');
    },
  };
}

/** A visit of the newcomer to write. */
export async function requestAt(
  { adapter, newcomer }: NexHealthStand,
  place: Place,
  reference: string,
): Promise<NewPmsAppointment> {
  const { foreignId } = await adapter.findOrCreatePatient!(call(), newcomer);
  return { ...place, reference, patientForeignId: foreignId };
}

/** Half hours of the first provider, an hour apart, in the afternoons that nobody has booked. */
function freePlaces({ zone }: PluginDeps, count: number): Place[] {
  const days = ['2027-03-09', '2027-03-11', '2027-03-12', '2027-03-15', '2027-04-06'];
  const places = days.flatMap((day) =>
    ['13:00', '14:00', '15:00', '16:00'].map((time) => {
      const start = zone.toInstant(`${day}T${time}`);
      return { providerForeignId: '101', operatoryForeignId: '181', start, end: start + 1_800_000 };
    }),
  );
  return places.slice(0, count);
}
