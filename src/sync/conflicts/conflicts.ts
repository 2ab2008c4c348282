import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, newId, type Clock, type TenantScope } from '../../kernel/index.js';
import { isDuplicateKey, repeatTransaction, type Filter, type Tx } from '../../persistence/index.js';
import { AppointmentWriter, claimsOfAppointment, OCCUPYING, type Appointment } from '../../scheduling/index.js';
import { Exports } from '../push/export.schema.js';
import type { Site } from '../site/site.js';
import { samePlace, type VisitFacts } from '../site/visit.js';
import { SyncLog } from '../state/sync-log.js';
import { ConflictRepository, type Conflict, type ConflictKind, type Resolution } from './conflict.schema.js';

type Ours = Pick<Site, 'scope' | 'connection'>;

/** Two truths about one time: a record, the state of the appointment and an event, in one transaction. Never silence. */
@Injectable()
export class Conflicts {
  constructor(
    private readonly repository: ConflictRepository,
    private readonly exports: Exports,
    private readonly writer: AppointmentWriter,
    private readonly log: SyncLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Opens a conflict, or renews the one that is open. What is still to be written waits for its end. */
  async open(
    site: Ours,
    tx: Tx,
    appointment: Appointment,
    kind: ConflictKind,
    theirs: VisitFacts | null,
    alternatives: Conflict['alternatives'] = [],
  ): Promise<void> {
    const { scope, connection } = site;
    const conflicts = this.repository.forTenant(scope, tx);
    const facts = {
      kind,
      theirs: theirs && pick(theirs),
      ours: pickOurs(appointment),
      alternatives,
      pageIds: claimsOfAppointment(appointment).map(({ pageId }) => pageId),
    };
    const known = await conflicts.findOne({ appointmentId: appointment._id, open: true });
    if (known) {
      await conflicts.update(known._id, { $set: facts });
      return;
    }
    const _id = newId('syncConflict', this.clock.now());
    const fresh = { _id, connectionId: connection._id, appointmentId: appointment._id, open: true, ...facts };
    await conflicts.insert({ ...fresh, resolution: null, resolvedAt: null }).catch((error: unknown) => {
      throw isDuplicateKey(error) ? repeatTransaction(error) : error;
    });
    await this.exports
      .forTenant(scope, tx)
      .update(appointment._id, { $set: { status: 'stopped', reason: `conflict_${kind}` } }, { status: 'pending' });
    const sync = {
      'sync.state': 'conflict',
      'sync.reason': kind,
      'sync.lastAt': this.clock.now(),
      'sync.connectionId': connection._id,
      'sync.alternatives': alternatives,
    };
    await this.writer.note(scope, tx, appointment._id, sync, 'appointment.sync.conflict');
    const entry = { connectionId: connection._id, kind: 'conflict', ok: false, what: kind } as const;
    await this.log.note(scope, { ...entry, appointmentId: appointment._id }, tx);
  }

  /** Ends the open conflict of an appointment, if there is one. */
  async close(site: Ours, tx: Tx, { _id }: Pick<Appointment, '_id'>, resolution: Resolution): Promise<boolean> {
    const conflicts = this.repository.forTenant(site.scope, tx);
    const known = await conflicts.findOne({ appointmentId: _id, open: true });
    if (!known) return false;
    await conflicts.update(known._id, { $set: { open: false, resolution, resolvedAt: this.clock.now() } });
    const entry = { connectionId: site.connection._id, kind: 'conflict', ok: true, what: resolution } as const;
    await this.log.note(site.scope, { ...entry, appointmentId: _id }, tx);
    return true;
  }

  /** Whether an open conflict is about the appointment as it is now: nothing that happened since has decided it. */
  async stands(scope: TenantScope, tx: Tx, { _id, ...now }: Appointment): Promise<boolean> {
    const known = await this.repository.forTenant(scope, tx).findOne({ appointmentId: _id, open: true });
    return known !== null && samePlace(known.ours, now) && isOn(known.ours) === isOn(now);
  }

  /** Those that stand on one of the pages. */
  async on(site: Ours, pageIds: readonly string[]): Promise<Conflict[]> {
    const filter = { open: true, pageIds: { $in: [...pageIds] } } as unknown as Filter<Conflict>;
    return this.repository.forTenant(site.scope).find(filter);
  }

  async openOnes({ scope, connection }: Ours): Promise<Conflict[]> {
    return this.repository.forTenant(scope).find({ open: true, connectionId: connection._id } as Filter<Conflict>);
  }

  /** Whether somebody has decided to keep both of these. */
  async accepted(site: Ours, appointmentId: string, foreignId: string): Promise<boolean> {
    const filter = { appointmentId, open: false, resolution: 'keep_ours', 'theirs.foreignId': foreignId };
    return this.repository.forTenant(site.scope).exists(filter as Filter<Conflict>);
  }
}

function isOn({ status }: Pick<Appointment, 'status'>): boolean {
  return OCCUPYING.includes(status);
}

function pick({ foreignId, start, end, providerId, operatoryId, status }: VisitFacts): NonNullable<Conflict['theirs']> {
  return { foreignId, start, end, providerId, operatoryId, status };
}

function pickOurs({ start, end, providerId, operatoryId, status }: Appointment): Conflict['ours'] {
  return { start, end, providerId, operatoryId, status };
}
