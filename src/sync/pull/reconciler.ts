import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../../kernel/index.js';
import { isDuplicateKey, type Filter, type TenantDocument } from '../../persistence/index.js';
import { AppointmentRepository, type Appointment } from '../../scheduling/index.js';
import { Overlaps } from '../conflicts/overlaps.js';
import { differencesOf, wishOf } from '../push/wish.js';
import { Exports, type Export } from '../push/export.schema.js';
import type { Site } from '../site/site.js';
import { PmsVisits, type PmsVisit } from '../state/pms-visit.schema.js';
import { SyncLog } from '../state/sync-log.js';
import { SyncRegister } from '../state/sync-register.js';
import type { SyncState } from '../state/sync-state.schema.js';
import { UnreadableRecords } from '../unreadable/unreadable-records.js';
import { Reports, type Difference, type Report } from './reconcile.schema.js';
import { windowsOf, Windows } from './windows.js';

/** As many differences are named; more are counted. */
const MOST_NAMED = 500;

interface Found {
  theirs: number;
  ours: number;
  total: number;
  differences: Difference[];
}

/** Compares both sides whole, takes over what was missed, and lists what is not equal. */
@Injectable()
export class Reconciler {
  constructor(
    private readonly windows: Windows,
    private readonly appointments: AppointmentRepository,
    private readonly visits: PmsVisits,
    private readonly exports: Exports,
    private readonly overlaps: Overlaps,
    private readonly reports: Reports,
    private readonly register: SyncRegister,
    private readonly unreadable: UnreadableRecords,
    private readonly log: SyncLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async run(site: Site): Promise<SyncState> {
    const began = this.clock.now();
    const { from, to } = await this.register.range(site);
    const found: Found = { theirs: 0, ours: 0, total: 0, differences: [] };
    for (const [first, last] of windowsOf(from, to)) {
      const { records, changes } = await this.windows.read(site, first, last);
      found.theirs += records;
      for (const change of changes) note(found, { kind: 'missed', ...change });
      await this.compareOwn(site, first, last, found);
    }
    for (const kind of ['schedules', 'appointments'] as const) await this.unreadable.complete(site, kind, began);
    await this.overlaps.recheck(site);
    await this.keep(site, { at: this.clock.now(), from, to, ...found });
    const { _id: connectionId } = site.connection;
    const entry = { connectionId, kind: 'reconcile', ok: found.total === 0, what: 'compared' } as const;
    await this.log.note(site.scope, { ...entry, records: found.total });
    return this.register.set(site, { reconciledAt: began });
  }

  private async compareOwn(site: Site, from: string, to: string, found: Found): Promise<void> {
    const { scope, connection, locationId } = site;
    const range = { locationId, date: { $gte: from, $lte: to }, 'sync.state': { $ne: 'none' } };
    const ours = await this.appointments.forTenant(scope).find(range as Filter<Appointment>);
    const ids = ours.map(({ _id }) => _id);
    const [visits, exports] = await Promise.all([
      this.visits.forTenant(scope).find({
        connectionId: connection._id,
        appointmentId: { $in: ids },
      } as Filter<PmsVisit>),
      this.exports.forTenant(scope).find({ _id: { $in: ids }, status: 'pending' } as Filter<Export>),
    ]);
    const visitOf = new Map(visits.map((visit) => [visit.appointmentId, visit]));
    const pending = new Set(exports.map(({ _id }) => _id));
    found.ours += ours.length;
    for (const appointment of ours) {
      const wish = wishOf(appointment);
      const visit = visitOf.get(appointment._id);
      if (visit ? differencesOf(visit, wish).length === 0 : !wish.live) continue;
      const { _id: appointmentId, start } = appointment;
      const kind =
        appointment.sync.state === 'conflict'
          ? 'conflict'
          : pending.has(appointmentId)
            ? 'waiting'
            : visit
              ? 'differs'
              : 'missing_there';
      note(found, { kind, appointmentId, foreignId: visit?.foreignId ?? null, start });
    }
  }

  private async keep(site: Site, report: Omit<Report, keyof TenantDocument>): Promise<void> {
    const reports = this.reports.forTenant(site.scope);
    const _id = site.connection._id;
    if (await reports.update(_id, { $set: report })) return;
    await reports.insert({ _id, ...report }).catch((error: unknown) => {
      if (!isDuplicateKey(error)) throw error;
    });
  }
}

function note(found: Found, difference: Difference): void {
  found.total += 1;
  if (found.differences.length < MOST_NAMED) found.differences.push(difference);
}
