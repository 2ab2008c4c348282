import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '../../persistence/index.js';
import { AppointmentRepository, claimsOfAppointment, PmsFacts, type Appointment } from '../../scheduling/index.js';
import { Conflicts } from '../conflicts/conflicts.js';
import { OverlapMarks } from '../conflicts/overlap-marks.js';
import { Exports } from '../push/export.schema.js';
import { differencesOf, wishOf } from '../push/wish.js';
import type { Site } from '../site/site.js';
import type { VisitFacts } from '../site/visit.js';
import { pmsVisitId, PmsVisits } from '../state/pms-visit.schema.js';
import { merge, type Base } from './merge.js';
import type { OwnChange } from './visit-batch.js';

/** What the practice system says of our own appointments, joined with what we say. */
@Injectable()
export class OwnVisits {
  constructor(
    private readonly rows: PmsVisits,
    private readonly appointments: AppointmentRepository,
    private readonly exports: Exports,
    private readonly facts: PmsFacts,
    private readonly conflicts: Conflicts,
    private readonly marks: OverlapMarks,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /**
   * One transaction for each: the appointment, the row that remembers the other side, the conflict if there is one, and where to
   * look for what it overlaps.
   */
  async merge(site: Site, { appointmentId, visit }: OwnChange): Promise<void> {
    const { scope } = site;
    const seen = await this.appointments.forTenant(scope).findById(appointmentId);
    if (!seen) return;
    await this.prepare(site, seen, visit);
    await this.unitOfWork.run(async (tx) => {
      const appointment = await this.appointments.forTenant(scope, tx).getById(appointmentId, 'appointment');
      const rows = this.rows.forTenant(scope, tx);
      const id = pmsVisitId(site.connection._id, visit.foreignId);
      const row = await rows.findById(id);
      const asked = (await this.exports.forTenant(scope, tx).findById(appointmentId))?.asked ?? null;
      const base: Base | null = row ?? (asked && { ...asked, status: 'scheduled', confirmed: false });
      const merged = merge(base, visit, appointment);
      if (row) await rows.update(id, { $set: { ...visit, appointmentId } });
      else await rows.insert({ _id: id, connectionId: site.connection._id, appointmentId, exportedAt: null, ...visit });
      if (merged.kind === 'conflict') {
        await this.conflicts.open(site, tx, appointment, visit.status === 'deleted' ? 'gone' : 'both_changed', visit);
        return;
      }
      if (merged.kind === 'nothing') return;
      const after = await this.facts.take(scope, tx, appointment, merged.fact);
      if (differencesOf(visit, wishOf(after)).length === 0) await this.conflicts.close(site, tx, after, 'vanished');
      const pageIds = claimsOfAppointment(after).map(({ pageId }) => pageId);
      await this.marks.mark(scope, site.connection._id, pageIds, tx);
    });
  }

  private async prepare(site: Site, appointment: Appointment, visit: VisitFacts): Promise<void> {
    const { providerId, operatoryId } = appointment;
    await this.facts.prepare(site.scope, appointment, {
      start: visit.start,
      end: visit.end,
      providerId: visit.providerId ?? providerId,
      operatoryId: visit.operatoryId ?? operatoryId,
      progress: 'scheduled',
      confirmed: null,
    });
  }
}
