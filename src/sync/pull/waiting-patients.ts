import { Inject, Injectable } from '@nestjs/common';
import { Outbox } from '../../events/index.js';
import { CLOCK, type Clock } from '../../kernel/index.js';
import { Patients } from '../../patients/index.js';
import { UnitOfWork, type Tx } from '../../persistence/index.js';
import { PmsWaitlist } from '../../scheduling/index.js';
import type { Site } from '../site/site.js';
import { pmsVisitId, type PmsVisit } from '../state/pms-visit.schema.js';
import type { AsapChange, VisitBatch } from './visit-batch.js';

/** What a pull means for those who wait for an earlier time: who is on the ASAP list, and which time has got free. */
@Injectable()
export class WaitingPatients {
  constructor(
    private readonly list: PmsWaitlist,
    private readonly patients: Patients,
    private readonly outbox: Outbox,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Comes before the rows are written, and may be repeated. */
  async follow({ site, asap, left }: VisitBatch): Promise<void> {
    const free = left.filter(
      ({ end, providerId, operatoryId }) => end > this.clock.now() && (providerId ?? operatoryId),
    );
    if (asap.length + free.length === 0) return;
    await this.unitOfWork.run(async (tx) => {
      for (const change of asap) await this.list.follow(site.scope, tx, await this.wishOf(site, tx, change));
      for (const visit of free) await this.tell(site, tx, visit);
    });
  }

  private async wishOf(site: Site, tx: Tx, { visit, appointmentId, patientForeignId, waits, waited }: AsapChange) {
    const { scope, locationId, zone, connection } = site;
    const { start, providerId, foreignId } = visit;
    const patient =
      appointmentId === null && patientForeignId !== null
        ? await this.patients.findByForeign(scope, { connectionId: connection._id, foreignId: patientForeignId }, tx)
        : null;
    const key = pmsVisitId(connection._id, foreignId);
    const patientId = patient?._id ?? null;
    return { key, appointmentId, patientId, providerId, locationId, zone, start, waits, waited };
  }

  private async tell({ scope, locationId }: Site, tx: Tx, visit: PmsVisit): Promise<void> {
    const { version, providerId, operatoryId, start, end } = visit;
    await this.outbox.record(scope, tx, {
      type: 'book.time_freed',
      subject: { kind: 'location', id: locationId },
      sequence: version + 1,
      data: { locationId, providerId, operatoryId, start, end },
    });
  }
}
