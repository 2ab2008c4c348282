import { Injectable } from '@nestjs/common';
import type { PmsAppointment } from '@openchair/plugin-kit';
import { isId } from '../../kernel/index.js';
import type { Filter } from '../../persistence/index.js';
import { AppointmentRepository, Pages, type Appointment } from '../../scheduling/index.js';
import { OverlapMarks } from '../conflicts/overlap-marks.js';
import { refuseSuddenlyEmpty } from '../site/pms-client.js';
import type { Site } from '../site/site.js';
import { factsIn, factsOf, isLive, samePlace, type VisitFacts } from '../site/visit.js';
import { pmsVisitId, PmsVisits, type PmsVisit } from '../state/pms-visit.schema.js';
import { RHYTHM } from '../state/rhythm.js';
import { UnreadableRecords } from '../unreadable/unreadable-records.js';
import { OwnVisits } from './own-visits.js';
import { VisitBatch } from './visit-batch.js';
import { WaitingPatients } from './waiting-patients.js';

/** So many visits do not vanish together from days that hold nothing else. */
const TOO_MANY_AT_ONCE = 20;

/** When the practice system was asked (our clock): what we wrote since is newer than its answer. And its own clock then. */
interface Answered {
  askedAt: number;
  asOf: number;
}

/** The practice system's book, taken over into ours. */
@Injectable()
export class Visits {
  constructor(
    private readonly rows: PmsVisits,
    private readonly pages: Pages,
    private readonly appointments: AppointmentRepository,
    private readonly own: OwnVisits,
    private readonly marks: OverlapMarks,
    private readonly waiting: WaitingPatients,
    private readonly unreadable: UnreadableRecords,
  ) {}

  /** Puts what is new in `records` into the batch; what takes no time at all is left out. */
  async gather(batch: VisitBatch, records: readonly PmsAppointment[], answered: Answered): Promise<void> {
    const { site } = batch;
    // A visit that was moved while the pages were read may come twice: the later one counts.
    const byForeignId = new Map<string, { visit: VisitFacts; record: PmsAppointment }>();
    for (const record of records) {
      const visit = factsOf(site, record);
      if (visit) byForeignId.set(visit.foreignId, { visit, record });
    }
    const visits = [...byForeignId.values()];
    const foreignIds = batch.blank ? [] : visits.map(({ visit }) => visit.foreignId);
    const known = await this.known(site, foreignIds);
    const ours = await this.existing(
      site,
      visits.flatMap(({ record }) => record.reference ?? []),
    );
    for (const { visit, record } of visits) {
      const { reference, patientForeignId } = record;
      const before = known.get(visit.foreignId);
      if (before && !isNews(site, before, visit, answered)) continue;
      const appointmentId =
        before?.appointmentId ?? (reference !== undefined && ours.has(reference) ? reference : null);
      if (appointmentId !== null) batch.ours(visit, before, appointmentId);
      else batch.external(visit, before);
      batch.asapOf(visit, before, { appointmentId, patientForeignId });
    }
  }

  /** Whether nothing is known of a practice system. */
  async isBlank(site: Site): Promise<boolean> {
    return !(await this.rows.forTenant(site.scope).exists({ connectionId: site.connection._id } as Filter<PmsVisit>));
  }

  /**
   * What stands here in those days but was not among `seen`: the practice system has it no more. Refuses to believe that it
   * would be all of it. What cannot be read is not gone: it keeps the time that it was last seen to have.
   */
  async sweep(batch: VisitBatch, from: string, to: string, seen: ReadonlySet<string>, askedAt: number): Promise<void> {
    const { site } = batch;
    const days = { connectionId: site.connection._id, date: { $gte: from, $lte: to }, status: { $ne: 'deleted' } };
    const rows = this.rows.forTenant(site.scope);
    const ids = await rows.ids(days as Filter<PmsVisit>);
    const { foreignIds: spared, anybody } = await this.unreadable.spared(site, 'appointments');
    const unseen = ids.filter((id) => {
      const foreignId = id.slice(site.connection._id.length + 1);
      return !seen.has(foreignId) && !spared.has(foreignId);
    });
    if (unseen.length === 0 || anybody) return;
    const found = await rows.find({ _id: { $in: unseen } } as Filter<PmsVisit>);
    const lost = found.filter((row) => isLive(row) && (row.exportedAt ?? 0) < askedAt);
    if (seen.size === 0 && lost.length >= TOO_MANY_AT_ONCE) refuseSuddenlyEmpty(site);
    for (const row of lost) {
      const gone: VisitFacts = { ...factsIn(row), status: 'deleted', changedAt: row.changedAt };
      if (row.appointmentId === null) batch.external(gone, row);
      else batch.ours(gone, row, row.appointmentId);
      batch.asapOf(gone, row, { appointmentId: row.appointmentId, patientForeignId: null });
    }
  }

  /**
   * Writes a batch: the pages first, what it means for those who wait, then the rows that remember it, so that a run that is
   * cut off is repeated whole; then our own appointments. What all this overlaps is marked, for the caller to look at. Returns
   * the number of changes.
   */
  async commit(batch: VisitBatch): Promise<number> {
    const { site, rewrites, fresh, changed, own } = batch;
    const rows = this.rows.forTenant(site.scope);
    await this.marks.mark(site.scope, site.connection._id, rewrites.pageIds);
    const writePages = () => rewrites.flush(this.pages);
    const writeRows = () => rows.insertMissing(fresh.map((visit) => rowOf(site, visit)));
    if (batch.blank) await Promise.all([writePages(), this.waiting.follow(batch).then(writeRows)]);
    else {
      await writePages();
      await this.waiting.follow(batch);
      await writeRows();
    }
    await rows.updateEach(
      changed.map((visit) => ({ id: pmsVisitId(site.connection._id, visit.foreignId), update: { $set: visit } })),
    );
    for (const change of own) await this.own.merge(site, change);
    return batch.size;
  }

  private async known(site: Site, foreignIds: string[]): Promise<Map<string, PmsVisit>> {
    if (foreignIds.length === 0) return new Map();
    const ids = foreignIds.map((foreignId) => pmsVisitId(site.connection._id, foreignId));
    const found = await this.rows.forTenant(site.scope).find({ _id: { $in: ids } } as Filter<PmsVisit>);
    return new Map(found.map((row) => [row.foreignId, row]));
  }

  /** A reference may also be another installation's: only those that are appointments here. */
  private async existing(site: Site, references: string[]): Promise<Set<string>> {
    const ids = references.filter((reference) => isId('appointment', reference));
    if (ids.length === 0) return new Set();
    const found = await this.appointments.forTenant(site.scope).find({ _id: { $in: ids } } as Filter<Appointment>);
    return new Set(found.map(({ _id }) => _id));
  }
}

/** A fresh row of the register; `appointmentId` null: the front desk's. */
export function rowOf(
  site: Site,
  visit: VisitFacts,
  appointmentId: string | null = null,
  exportedAt: number | null = null,
) {
  const { _id: connectionId } = site.connection;
  return { _id: pmsVisitId(connectionId, visit.foreignId), connectionId, appointmentId, exportedAt, ...visit };
}

/** Whether an answer tells something that is not known yet. */
function isNews({ capabilities }: Site, before: PmsVisit, visit: VisitFacts, { askedAt, asOf }: Answered): boolean {
  if (before.exportedAt !== null && before.exportedAt >= askedAt) return false;
  // Reads lag behind for a while, and not for ever: an older time of change is then the truth. What is known from a time that
  // has not come yet over there was noted before its clock was set back.
  const lagging = Math.abs(asOf - before.changedAt) <= capabilities.staleReadsMs + RHYTHM.overlapMs;
  if (lagging && visit.changedAt < before.changedAt && before.status !== 'deleted') return false;
  return (
    !samePlace(before, visit) ||
    before.status !== visit.status ||
    before.confirmed !== visit.confirmed ||
    (before.asap ?? false) !== visit.asap ||
    before.pattern !== visit.pattern
  );
}
