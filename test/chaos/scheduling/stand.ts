import type { NestExpressApplication } from '@nestjs/platform-express';
import { readConfig } from '../../../src/config/index.js';
import { createApp } from '../../../src/create-app.js';
import type { ApiAnswer } from '../../harness/api.js';
import { DemoPlatform } from '../../harness/demo.js';
import { request } from '../../harness/http.js';
import { practiceSystem, type PracticeSystem } from '../../harness/practice-system.js';
import { ShiftingClock } from '../../harness/shifting-clock.js';
import { somebody, TestVisitor } from '../../harness/visitor.js';

const PROCESSES = 3;
const VISITORS = 12;
const MEMBERS = 12;
const PATIENTS = 60;
/** Place of the reason with approval among those that are made. */
const ASKED = 2;
const ALL_DAY = [0, 1, 2, 3, 4, 5, 6].map((weekday) => ({ weekday, start: '00:00', end: '24:00' }));
const EVENINGS = [0, 1, 2, 3, 4, 5, 6].map((weekday) => ({
  weekday,
  on: true,
  hours: [{ start: '14:00', end: '24:00' }],
  blocked: [],
}));

type Json = ApiAnswer['body'];

export interface PoolSlot {
  id: string;
  reasonId: string;
  providerId: string;
  operatoryId: string;
  locationId: string;
  start: number;
  /** Wall time at the location, `YYYY-MM-DDTHH:mm`. */
  local: string;
}

/**
 * One practice, three processes, one database: a location with a practice system; another one whose providers work in both
 * places and into the night; reasons with a pattern, with buffers, with a second provider, and with approval.
 */
export class Stand {
  visitors: TestVisitor[] = [];
  patientIds: string[] = [];

  private constructor(
    readonly platform: DemoPlatform,
    private readonly desk: NestExpressApplication,
    /** The front desk's. */
    private readonly clock: ShiftingClock,
    readonly system: PracticeSystem,
    readonly reasonIds: string[],
    /** Of visits that the practice has to approve. */
    readonly askedReasonId: string,
    private readonly members: string[],
  ) {}

  static async start(): Promise<Stand> {
    const env = { SYNC_POLL_SECONDS: '1', DRAIN_SECONDS: '5' };
    const platform = await DemoPlatform.start({ processes: PROCESSES, env, entry: 'clocked' });
    const clock = new ShiftingClock(Date.now());
    const desk = await createApp(readConfig({ ...platform.env, ROLE: 'api' }), clock);
    await desk.init();
    const ok = async (method: string, path: string, body?: unknown): Promise<Json> => {
      const answer = await platform.api<Json>(method, `/v1/${path}`, body);
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
      return answer.body;
    };
    const reasonIds = await furnish(ok);
    const members: string[] = [];
    for (let n = 0; n < MEMBERS; n += 1) {
      const key = {
        name: `Desk ${n}`,
        mode: 'test',
        permissions: ['schedule:read', 'schedule:write', 'patients:read'],
      };
      members.push((await ok('POST', 'api-keys', key)).secret);
    }
    const system = await practiceSystem(desk, platform.keys.practiceId);
    const stand = new Stand(platform, desk, clock, system, reasonIds, reasonIds[ASKED]!, members);
    for (let n = 0; n < PATIENTS; n += 1) stand.patientIds.push((await ok('POST', 'patients', somebody())).id);
    await stand.newVisitors();
    return stand;
  }

  get processes() {
    return this.platform.processes;
  }

  now(): number {
    return this.clock.now();
  }

  /** Speaks to one process as one member of staff. */
  member(
    member: number,
    process: number,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<ApiAnswer> {
    const { baseUrl } = this.processes[process % PROCESSES]!;
    const authorization = `Bearer ${this.members[member % MEMBERS]}`;
    return request(method, `${baseUrl}/v1/${path}`, body, { authorization, ...headers });
  }

  /** Sessions last an hour of the clock. */
  async newVisitors(): Promise<void> {
    const { keys } = this.platform;
    this.visitors = await Promise.all(
      Array.from({ length: VISITORS }, (_, n) =>
        new TestVisitor(this.processes[n % PROCESSES]!.baseUrl, keys.widgetKey).open(),
      ),
    );
  }

  /** Our visits to come that the practice system has, by its ids. */
  async exported(): Promise<string[]> {
    const filter = { 'sync.state': 'written', status: { $in: ['booked', 'confirmed'] } };
    const found = await this.platform.db.collection('appointments').find(filter).sort({ _id: -1 }).limit(50).toArray();
    return found.flatMap(({ sync }) => (sync.foreignId ? [String(sync.foreignId)] : []));
  }

  /** What can be booked within some days, from a day ahead on. */
  async slots(days: number, ahead = 0): Promise<PoolSlot[]> {
    const found: PoolSlot[] = [];
    const from = new Date(this.now() + ahead * 86_400_000).toISOString().slice(0, 10);
    for (const reasonId of this.reasonIds) {
      const path = `availability?reasonId=${reasonId}&from=${from}&days=${days}&anyProvider=false`;
      const { body } = await this.member(0, 0, 'GET', path);
      for (const { slots } of body.days) {
        for (const { id, providerId, locationId, start, local } of slots) {
          // The chair stands in the slot's id alone.
          const operatoryId = `opr_${String(id).slice(4 + 52, 4 + 78)}`;
          found.push({ id, reasonId, providerId, operatoryId, locationId, start: Date.parse(start), local });
        }
      }
    }
    return found;
  }

  /** Stops the time of the processes, each at its own instant. */
  async freeze(instants: readonly number[]): Promise<void> {
    await Promise.all(this.processes.map((one, n) => one.setClock({ frozenAt: instants[n % instants.length]! })));
  }

  /** Time runs on from an instant, everywhere the same. */
  async runFrom(instant: number): Promise<void> {
    this.clock.advance(instant - this.now());
    const ahead = this.now() - Date.now();
    await Promise.all(this.processes.map((one) => one.setClock({ ahead })));
  }

  async stop(): Promise<void> {
    await this.desk.close();
    await this.platform.stop();
  }
}

async function furnish(ok: (method: string, path: string, body?: unknown) => Promise<Json>): Promise<string[]> {
  await ok('PATCH', 'settings', { scheduling: { holdMinutes: 5, minNoticeMinutes: 0, stepMinutes: 15 } });
  const reasons = (await ok('GET', 'reasons?limit=100')).data;
  const providers = (await ok('GET', 'providers?limit=100')).data.filter(({ active }: Json) => active);
  const rooms = (await ok('GET', 'operatories?limit=100')).data;
  const [here] = (await ok('GET', 'locations?limit=100')).data;
  const there = await ok('POST', 'locations', {
    ...{ name: 'Harbor', addressLine1: '2 Quay', city: 'Boston', postalCode: '02110', country: 'US' },
    ...{ zone: 'America/New_York', hours: ALL_DAY },
  });
  const chairs = [];
  for (const name of ['H1', 'H2']) chairs.push((await ok('POST', 'operatories', { name, locationId: there.id })).id);
  const chairIds = [...chairs, rooms[0].id];
  const roaming: string[] = [];
  for (const n of [1, 2]) {
    const who = { displayName: `Dr. Roam ${n}`, firstName: 'Ada', lastName: `Roam${n}`, email: `roam${n}@example.com` };
    const places = { locationIds: [here.id, there.id], operatoryIds: chairIds, weekdays: EVENINGS };
    roaming.push((await ok('POST', 'providers', { ...who, role: 'dentist', ...places })).id);
  }
  const both = { patientTypes: ['new', 'returning'], stepMinutes: 30 };
  const dentists = reasons.find(({ name }: Json) => name === 'Tooth pain').providerIds;
  const hygiene = reasons.find(({ name }: Json) => name === 'Cleaning and check-up');
  const buffers = { beforeMinutes: 5, afterMinutes: 10, on: 'both', pastHours: true };
  const made = [
    { name: 'Evening visit', durationMinutes: 45, buffers, providerIds: roaming, operatoryIds: chairIds },
    {
      ...{ name: 'Cleaning with exam', durationMinutes: 40, operatoryIds: hygiene.operatoryIds },
      ...{
        providerIds: hygiene.providerIds,
        assist: { providerIds: dentists, minutes: 10, fromMinute: 10, toMinute: 40 },
      },
    },
    {
      ...{ name: 'Asked for', pattern: 'XX//X', confirmMode: 'request' },
      ...{ providerIds: [...dentists, ...roaming], operatoryIds: rooms.slice(0, 3).map(({ id }: Json) => id) },
    },
  ];
  const ids: string[] = [];
  for (const reason of made) ids.push((await ok('POST', 'reasons', { ...both, ...reason })).id);
  const kept = ['New patient exam and X-rays', 'Tooth pain', 'Cleaning and check-up'];
  ids.push(...reasons.filter(({ name }: Json) => kept.includes(name)).map(({ id }: Json) => id));
  if (providers.length === 0) throw new Error('the demo practice has no active provider');
  return ids;
}
