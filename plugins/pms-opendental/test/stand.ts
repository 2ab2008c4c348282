import type { InboundEvent, NewPmsAppointment, PmsAppointment, PmsRead, PmsTopic } from '@openchair/plugin-kit';
import {
  call,
  type EmulatedRequest,
  type Place,
  type PmsStand,
  readAll,
  testDeps,
  type TestDeps,
} from '@openchair/plugin-kit/conformance';
import plugin from '../src/index.js';
import type { Row } from './office.js';
import { OpenDentalEmulator } from './opendental-emulator.js';
import { SECRETS, seedOffice, workdays } from './seed.js';

/** Monday, 8 March 2027, 9:00 in Chicago. */
export const NOW = Date.UTC(2027, 2, 8, 15);
export const RANGE = { from: '2027-03-08', to: '2027-05-06' };
export const KEYS = { developerKey: 'dev-key-NFF6i0', customerKey: 'cust-key-Vzkm' };

const TABLES: Partial<Record<PmsTopic, readonly [table: string, key: string]>> = {
  appointments: ['Appointment', 'AptNum'],
  schedules: ['Schedule', 'ScheduleNum'],
};

/** Where a list is, and what makes a record of it unreadable. */
const SPOILT: Partial<Record<PmsRead, Parameters<OpenDentalEmulator['spoilRecord']>>> = {
  providers: [/\/providers$/, () => null],
  operatories: [/\/operatories$/, () => 'OP1'],
  schedules: [/\/schedules$/, (row) => ({ ...row, SchedType: 'Blockout', StartTime: 'soon' })],
  appointments: [/\/appointments$/, (row) => ({ ...row, AptDateTime: 'soon' })],
  patients: [/\/patients\/Simple$/, (row) => ({ ...row, PatNum: 0 })],
};

export interface OpenDentalStand extends PmsStand {
  readonly emulator: OpenDentalEmulator;
  readonly deps: TestDeps;
}

/** An adapter over a fresh office. */
export async function startStand(config: Record<string, unknown> = {}): Promise<OpenDentalStand> {
  const deps = testDeps({ now: NOW });
  const emulator = new OpenDentalEmulator(deps.clock, deps.zone, KEYS);
  seedOffice(emulator.office, RANGE.from, RANGE.to);
  await emulator.listen();
  const { office } = emulator;
  return {
    adapter: plugin.create({ ...KEYS, baseUrl: emulator.baseUrl, ...config }, deps),
    emulator,
    deps,
    range: RANGE,
    newcomer: {
      reference: 'pat_1',
      firstName: 'Zelda',
      lastName: 'Quill',
      dateOfBirth: '1991-07-04',
      phone: '+12025550147',
      email: 'zelda.quill@example.com',
    },
    secrets: [...SECRETS, ...Object.values(KEYS)],
    lines: deps.lines,
    fault: (fault) => emulator.fault(fault),
    spoilRecord: async (kind) => emulator.spoilRecord(...SPOILT[kind]!),
    freePlaces: async (count) =>
      workdays(RANGE.from, RANGE.to)
        .slice(1, count + 1)
        .map((day): Place => {
          const start = deps.zone.toInstant(`${day}T15:30`);
          return { providerForeignId: '1', operatoryForeignId: '1', start, end: start + 1_800_000 };
        }),
    enterAtFrontDesk: async ({ start, end, providerForeignId, operatoryForeignId }) => {
      const Pattern = 'X'.repeat((end - start) / 300_000);
      const place = {
        ProvNum: Number(providerForeignId),
        Op: Number(operatoryForeignId),
        AptDateTime: office.wall(start),
      };
      return String(office.enter({ PatNum: 1, Pattern, ...place })['AptNum']);
    },
    countAt: async ({ start, operatoryForeignId }) =>
      office
        .rows('appointments')
        .filter(
          (row) =>
            row['AptStatus'] === 'Scheduled' &&
            row['AptDateTime'] === office.wall(start) &&
            String(row['Op']) === operatoryForeignId,
        ).length,
    webhooks: { body: webhookBody, sign: webhookHeaders, signsBody: false },
    stop: () => emulator.stop(),
  };
}

/** What a subscription sends: rows of the watched table. */
function webhookBody(events: readonly InboundEvent<PmsTopic>[]): Uint8Array {
  const rows = events.map(({ topic, foreignId }) => ({
    [TABLES[topic]![1]]: Number(foreignId ?? 24555),
    DateTStamp: '2027-03-08 08:59:00',
  }));
  return new TextEncoder().encode(JSON.stringify(rows));
}

function webhookHeaders(body: Uint8Array): Record<string, string> {
  const [table] = Object.values(TABLES).find(([, key]) => new TextDecoder().decode(body).includes(key)) ?? [
    'Appointment',
  ];
  return { authorization: KEYS.customerKey, workstation: 'FRONTDESK', 'event-type': `WatchTable: ${table}` };
}

/** A stand for each test, and what tests ask of it. */
export class OfficeUnderTest {
  stand!: OpenDentalStand;
  private readonly open: OpenDentalStand[] = [];

  async start(config: Record<string, unknown> = {}): Promise<void> {
    this.stand = await startStand(config);
    this.open.push(this.stand);
  }

  async stop(): Promise<void> {
    await Promise.all(this.open.splice(0).map((one) => one.stop()));
  }

  visits(): Promise<PmsAppointment[]> {
    return readAll((next) => this.stand.adapter.pullAppointments!(call(), { ...RANGE, ...next }));
  }

  /** A visit of patient 1 at the first free place, under the reference `apt_01`. */
  async book(more: Partial<NewPmsAppointment> = {}): Promise<PmsAppointment> {
    const [place] = await this.stand.freePlaces(1);
    const request = { ...place!, reference: 'apt_01', patientForeignId: '1', ...more };
    return this.stand.adapter.createAppointment!(call(), request);
  }

  rowOf(foreignId: string): Row {
    return this.stand.emulator.office.find('appointments', Number(foreignId))!;
  }

  /** Requests whose path ends so. */
  asked(path: string): EmulatedRequest[] {
    return this.stand.emulator.requests.filter((request) => request.path.endsWith(path));
  }
}
