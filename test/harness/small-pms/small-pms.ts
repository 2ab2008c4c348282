import type { PmsAppointment, PmsBlockout, PmsProvider } from '@openchair/plugin-kit';
import { Emulator, type EmulatedAnswer, type EmulatedRequest, type Refusal } from '@openchair/plugin-kit/conformance';

const MINUTE = 60_000;
const DAY = 86_400_000;
const PAGE = 20;
/** Hours of the day, UTC, at which everybody has a visit: within the hours of a practice in Chicago. */
const BUSY_AT = [15, 17];

/** `odd_records`: good JSON in which no record is what it should be. */
export type Fault = Parameters<Emulator['fault']>[0] | 'odd_records';

/** Where the plugin that speaks to it is. */
export const SMALL_PLUGIN = require.resolve('./plugin.ts');

/**
 * A practice system of the tests' own with an HTTP API: two people, two rooms, hours on weekdays and some visits on each.
 * One account serves any number of practices, told apart by `x-practice`.
 */
export class SmallPms extends Emulator {
  apiKey = 'key-of-the-account';
  /** Practices of the account that are out of order. */
  readonly closed = new Set<string>();
  readonly visits: PmsAppointment[] = [];
  readonly blockouts: PmsBlockout[] = [];
  private readonly patients = new Map<string, string>();
  private breaking: { at: (request: EmulatedRequest) => boolean; fault: Fault } | null = null;
  private garbled = false;
  private serial = 0;

  /** A book with visits on `days` days from `first` (epoch ms) on. */
  static async open(clock: { now(): number }, first: number, days = 30): Promise<SmallPms> {
    const pms = new SmallPms(clock);
    for (let day = 0; day < days; day += 1)
      for (const person of pms.people)
        for (const hour of BUSY_AT) pms.enter(person.foreignId, midnight(first) + day * DAY, hour);
    await pms.listen();
    return pms;
  }

  people: readonly PmsProvider[] = ['p1', 'p2'].map((foreignId) => ({
    foreignId,
    abbreviation: foreignId,
    firstName: 'Pat',
    lastName: foreignId,
    role: 'dentist',
    operatoryForeignIds: [roomOf(foreignId)],
    active: true,
  }));

  /** Goes wrong from the request on that follows the first one that fits. */
  breakAfter(at: (request: EmulatedRequest) => boolean, fault: Fault): void {
    this.breaking = { at, fault };
  }

  override async fault(fault: Fault): Promise<void> {
    this.breaking = null;
    this.garbled = fault === 'odd_records';
    await super.fault(fault === 'odd_records' ? 'none' : fault);
  }

  /** The front desk enters a visit of half an hour. */
  enter(person: string, day: number, hour: number): PmsAppointment {
    const start = midnight(day) + hour * 60 * MINUTE;
    return this.add({ patientForeignId: 'x', providerForeignId: person, operatoryForeignId: roomOf(person), start });
  }

  /** The front desk changes a visit. */
  change(foreignId: string, set: Partial<PmsAppointment>): void {
    const place = this.visits.findIndex((visit) => visit.foreignId === foreignId);
    this.visits[place] = { ...(this.visits[place] as PmsAppointment), ...set, updatedAt: this.now() };
  }

  /** A visit that nobody can ask about any more. */
  remove(foreignId: string): void {
    this.visits.splice(
      this.visits.findIndex((visit) => visit.foreignId === foreignId),
      1,
    );
  }

  protected refuse(refusal: Refusal): EmulatedAnswer {
    return { status: 401, json: { error: refusal === 'wrong' ? 'unknown key' : 'key withdrawn' } };
  }

  protected handle(request: EmulatedRequest): EmulatedAnswer {
    if (request.headers.authorization !== `Bearer ${this.apiKey}`) return this.refuse('wrong');
    if (this.closed.has(String(request.headers['x-practice']))) return { status: 503, text: 'closed' };
    const answer = this.answer(request);
    if (this.breaking?.at(request)) void this.fault(this.breaking.fault);
    return answer;
  }

  private answer({ path, query, method, body }: EmulatedRequest): EmulatedAnswer {
    if (method === 'POST') return this.write(path, JSON.parse(body) as Record<string, never>);
    if (path === '/status') return { status: 200, json: { name: 'Small 1.0' } };
    if (path === '/visit') {
      const visit = this.visits.find(({ reference }) => reference === query.get('reference'));
      return visit ? { status: 200, json: visit } : { status: 404, json: {} };
    }
    if (path === '/providers') return this.page(this.people, query);
    if (path === '/operatories') {
      const rooms = ['p1', 'p2'].map(roomOf);
      const record = (foreignId: string) => ({ foreignId, name: foreignId, abbreviation: foreignId });
      return this.page(
        rooms.map((room, order) => ({ ...record(room), hygiene: false, order, active: true })),
        query,
      );
    }
    if (path === '/schedules') return this.page(this.hours(String(query.get('from')), String(query.get('to'))), query);
    if (path === '/visits') {
      const [from, to] = [Date.parse(String(query.get('from'))), Date.parse(String(query.get('to'))) + DAY];
      const since = Number(query.get('updatedSince') ?? 0);
      // Of a time that is none it cannot say on which day it is: it tells of it whoever asks.
      const isElsewhere = (start: number) => start < from || start >= to;
      const found = this.visits.filter(({ start, updatedAt }) => !isElsewhere(start) && updatedAt >= since);
      return this.page(found, query);
    }
    return { status: 404, json: { error: 'no such route' } };
  }

  private write(path: string, body: Record<string, never>): EmulatedAnswer {
    if (path === '/patients') {
      const foreignId = this.patients.get(body['reference']!) ?? `pt${this.patients.size + 1}`;
      this.patients.set(body['reference']!, foreignId);
      return { status: 200, json: { foreignId, created: true } };
    }
    if (path.endsWith('/cancel')) {
      const foreignId = path.split('/')[2] as string;
      this.change(foreignId, { status: 'cancelled' });
      return { status: 200, json: this.visits.find((visit) => visit.foreignId === foreignId) };
    }
    const known = this.visits.find(({ reference }) => reference === body['reference']);
    if (known) return { status: 200, json: known };
    const { start, end, providerForeignId } = body as unknown as PmsAppointment;
    const taken = this.visits.some(
      (visit) =>
        visit.status === 'scheduled' &&
        visit.providerForeignId === providerForeignId &&
        visit.start < end &&
        visit.end > start,
    );
    if (taken) return { status: 409, json: { error: 'taken' } };
    return { status: 200, json: this.add(body as unknown as PmsAppointment) };
  }

  private add(place: Pick<PmsAppointment, 'patientForeignId' | 'providerForeignId' | 'operatoryForeignId' | 'start'>) {
    const visit: PmsAppointment = {
      end: place.start + 30 * MINUTE,
      ...place,
      foreignId: `v${(this.serial += 1)}`,
      status: 'scheduled',
      confirmed: false,
      updatedAt: this.now(),
    };
    this.visits.push(visit);
    return visit;
  }

  private hours(from: string, to: string) {
    const records = [];
    for (let day = Date.parse(from); day <= Date.parse(to); day += DAY)
      for (const foreignId of ['p1', 'p2'])
        records.push({
          kind: 'hours',
          providerForeignId: foreignId,
          date: new Date(day).toISOString().slice(0, 10),
          intervals: [{ start: '08:00', end: '17:00' }],
        });
    return [...records, ...this.blockouts.filter(({ date }) => date >= from && date <= to)];
  }

  private page(records: readonly object[], query: URLSearchParams): EmulatedAnswer {
    const from = Number(query.get('cursor') ?? 0);
    const shown: unknown[] = records.slice(from, from + PAGE);
    if (this.garbled) shown.fill({ foreignId: 7, status: 'what', records: null });
    const more = from + PAGE < records.length ? { nextCursor: String(from + PAGE) } : {};
    return { status: 200, json: { records: shown, asOf: this.now(), ...more } };
  }
}

/** Everybody has a room of their own. */
function roomOf(person: string): string {
  return person.replace('p', 'r');
}

function midnight(instant: number): number {
  return Math.floor(instant / DAY) * DAY;
}
