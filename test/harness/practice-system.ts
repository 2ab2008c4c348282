import type { INestApplicationContext } from '@nestjs/common';
import {
  type PluginDeps,
  type PmsAdapter,
  type PmsAppointment,
  type PmsHours,
  type PmsBlockout,
} from '@openchair/plugin-kit';
import { call, readAll } from '@openchair/plugin-kit/conformance';
import sandbox, { frontDesk, setFaults, type FrontDesk, type SandboxFaults } from '@openchair/pms-sandbox';
import { Catalog } from '../../src/catalog/index.js';
import { CLOCK, mintTenantScope, type Clock, type TenantScope } from '../../src/kernel/index.js';
import { PluginRecords } from '../../src/plugin-host/adapters/plugin-record.repository.js';
import { DatabaseStore } from '../../src/plugin-host/adapters/plugin-store.js';
import { pluginZone } from '../../src/plugin-host/adapters/plugin-zone.js';
import { Connections, type Connection } from '../../src/plugin-host/index.js';
import { Availability, type Appointment } from '../../src/scheduling/index.js';

/** The sandbox behind a practice's connection, seen from its own side: what it holds, and what its staff do. */
export interface PracticeSystem {
  connection: Connection;
  desk: FrontDesk;
  /** Reads past the faults. */
  visits(from: string, to: string): Promise<PmsAppointment[]>;
  schedule(from: string, to: string): Promise<(PmsHours | PmsBlockout)[]>;
  /** What it holds under our reference. */
  find(reference: string): Promise<PmsAppointment | null>;
  faults(faults: SandboxFaults): Promise<void>;
}

export async function practiceSystem(
  app: INestApplicationContext,
  practiceId: string,
  zone = 'America/Chicago',
): Promise<PracticeSystem> {
  const scope = mintTenantScope(practiceId, { kind: 'system', id: 'spec' });
  const [connection] = await app.get(Connections).all(scope, 'pms', { anywhere: true });
  if (!connection) throw new Error('the practice has no practice system');
  const store = new DatabaseStore(app.get(PluginRecords), scope, connection._id);
  const clock = app.get<Clock>(CLOCK);
  const deps = { store, clock, zone: pluginZone(zone) };
  // A second adapter over the same store whose faults key is hidden from it.
  const honest: PluginDeps['store'] = {
    get: (key) => (key === 'faults' ? Promise.resolve(null) : store.get(key)),
    put: (key, value, condition) => store.put(key, value, condition),
    delete: (key, condition) => store.delete(key, condition),
    list: (prefix, options) => store.list(prefix, options),
  };
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const adapter = sandbox.create(connection.config, {
    ...deps,
    store: honest,
    connectionId: connection._id,
    log,
    fetch,
    resolve: async (host) => host,
  }) as Required<PmsAdapter>;
  return {
    connection,
    desk: frontDesk(connection.config, deps),
    visits: (from, to) => readAll((next) => adapter.pullAppointments(call(), { from, to, ...next })),
    schedule: (from, to) => readAll((next) => adapter.pullSchedules(call(), { from, to, ...next })),
    find: (reference) => adapter.findByOurReference(call(), reference),
    faults: (faults) => setFaults(store, faults),
  };
}

/** Whether a visit takes up time. */
export const isLive = ({ status }: PmsAppointment): boolean => !['cancelled', 'missed', 'deleted'].includes(status);

interface Wanted {
  providers: Record<string, string[]>;
  minutes: number;
  stepMinutes: number;
  notBefore: number;
}

/** Every `provider start` that the practice system itself leaves free, by trying each step of each day. */
export async function freeIn(
  system: PracticeSystem,
  from: string,
  to: string,
  wanted: Wanted,
  zoneName = 'America/Chicago',
): Promise<string[]> {
  const zone = pluginZone(zoneName);
  const [visits, schedule] = await Promise.all([system.visits(from, to), system.schedule(from, to)]);
  const taken = new Set<string>();
  const take = (resource: string, start: number, end: number) => {
    for (let at = start; at < end; at += 300_000) taken.add(`${resource} ${at}`);
  };
  for (const visit of visits.filter(isLive)) {
    take(`o${visit.operatoryForeignId}`, visit.start, visit.end);
    const marks = visit.pattern ?? 'X'.repeat((visit.end - visit.start) / 300_000);
    [...marks].forEach((mark, at) => {
      const start = visit.start + at * 300_000;
      if (mark === 'X') take(`p${visit.providerForeignId}`, start, start + 300_000);
    });
  }
  for (const block of schedule) {
    if (block.kind !== 'blockout') continue;
    const [start, end] = [block.start, block.end].map((time) => zone.toInstant(`${block.date}T${time}`)) as [
      number,
      number,
    ];
    if (block.providerForeignId) take(`p${block.providerForeignId}`, start, end);
    if (block.operatoryForeignId) take(`o${block.operatoryForeignId}`, start, end);
  }
  const found = new Set<string>();
  for (const hours of schedule) {
    if (hours.kind !== 'hours') continue;
    const rooms = wanted.providers[hours.providerForeignId] ?? [];
    for (const interval of hours.intervals) {
      const closes = zone.toInstant(`${hours.date}T${interval.end}`);
      const length = wanted.minutes * 60_000;
      for (
        let start = zone.toInstant(`${hours.date}T${interval.start}`);
        start + length <= closes;
        start += wanted.stepMinutes * 60_000
      ) {
        if (start < wanted.notBefore) continue;
        const isFree = (resource: string) => {
          for (let at = start; at < start + length; at += 300_000) if (taken.has(`${resource} ${at}`)) return false;
          return true;
        };
        if (isFree(`p${hours.providerForeignId}`) && rooms.some((room) => isFree(`o${room}`)))
          found.add(`${hours.providerForeignId} ${start}`);
      }
    }
  }
  return [...found].sort();
}

/** Provider and start of all that a new patient may get at the widget, in the words of the practice system. */
export async function offeredIn(
  app: INestApplicationContext,
  scope: TenantScope,
  reasonId: string,
  days: number,
): Promise<string[]> {
  const { providerById } = await app.get(Catalog).snapshot(scope);
  const query = { reasonId, patientType: 'new' as const, days, anyProvider: false };
  const found = await app.get(Availability).search(scope, query);
  return found.days
    .flatMap(({ slots }) => slots)
    .map(({ providerId, start }) => `${providerById.get(providerId)?.foreign?.foreignId} ${start}`);
}

/** Where an appointment stands, in the words of the practice system. */
export async function placeIn(
  app: INestApplicationContext,
  scope: TenantScope,
  { start, end, providerId, operatoryId }: Appointment,
) {
  const { providerById, operatoryById } = await app.get(Catalog).snapshot(scope);
  return {
    start,
    end,
    providerForeignId: providerById.get(providerId)?.foreign?.foreignId as string,
    operatoryForeignId: operatoryById.get(operatoryId)?.foreign?.foreignId as string,
  };
}
