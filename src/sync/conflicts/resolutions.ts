import { Injectable } from '@nestjs/common';
import { Problem, type TenantScope } from '../../kernel/index.js';
import { UnitOfWork, type Filter, type Tx } from '../../persistence/index.js';
import { Connections, type Connection } from '../../plugin-host/index.js';
import { Appointments, parseSlotId, PmsFacts, OCCUPYING, type Appointment } from '../../scheduling/index.js';
import { factOf } from '../pull/merge.js';
import { ExportQueue } from '../push/export-queue.js';
import { PmsVisits, type PmsVisit } from '../state/pms-visit.schema.js';
import { ConflictRepository, type Conflict } from './conflict.schema.js';
import { Conflicts } from './conflicts.js';

/** What a person decides about a conflict. */
@Injectable()
export class Resolutions {
  constructor(
    private readonly rows: ConflictRepository,
    private readonly conflicts: Conflicts,
    private readonly appointments: Appointments,
    private readonly facts: PmsFacts,
    private readonly visits: PmsVisits,
    private readonly queue: ExportQueue,
    private readonly connections: Connections,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /**
   * The practice system is right. Where it has another visit at that time, ours is cancelled, here and there; where it has our
   * visit changed, the change holds here too.
   */
  async keepTheirs(scope: TenantScope, conflictId: string): Promise<Conflict> {
    const { conflict, connection } = await this.read(scope, conflictId);
    await this.makeReady(scope, conflict);
    return this.decide(scope, conflict, connection, 'keep_theirs', async (tx, appointment) => {
      const visit = await this.visitOf(scope, conflict, tx);
      if (conflict.kind === 'both_changed' && visit)
        return this.facts.take(scope, tx, appointment, factOf(visit, appointment));
      if (!OCCUPYING.includes(appointment.status)) return appointment;
      const why = { channel: 'api', reason: 'provider_unavailable' } as const;
      return this.appointments.apply(scope, tx, appointment, 'cancel', why);
    });
  }

  /** Ours holds: it is written (again); two visits at one time are wanted. The practice system may refuse once more. */
  async keepOurs(scope: TenantScope, conflictId: string): Promise<Conflict> {
    const { conflict, connection } = await this.read(scope, conflictId);
    return this.decide(scope, conflict, connection, 'keep_ours', (_tx, appointment) => Promise.resolve(appointment));
  }

  /** Ours takes another time, which must be free on this side; it is then written there. */
  async move(scope: TenantScope, conflictId: string, slotId: string): Promise<Conflict> {
    const { conflict, connection } = await this.read(scope, conflictId);
    const options = { channel: 'api', reason: 'conflict with the practice system' } as const;
    await this.appointments.reschedule(scope, conflict.appointmentId, parseSlotId(slotId), options);
    return this.decide(scope, conflict, connection, 'move', (_tx, appointment) => Promise.resolve(appointment));
  }

  private async read(scope: TenantScope, id: string): Promise<{ conflict: Conflict; connection: Connection }> {
    const conflict = await this.rows.forTenant(scope).getById(id, 'conflict');
    if (!conflict.open) {
      const detail = `This conflict is over already (${conflict.resolution ?? 'closed'}). List the open ones again.`;
      throw new Problem('conflict', detail);
    }
    return { conflict, connection: await this.connections.get(scope, conflict.connectionId) };
  }

  private async decide(
    scope: TenantScope,
    conflict: Conflict,
    connection: Connection,
    resolution: 'keep_theirs' | 'keep_ours' | 'move',
    act: (tx: Tx, appointment: Appointment) => Promise<Appointment>,
  ): Promise<Conflict> {
    return this.unitOfWork.run(async (tx) => {
      const appointment = await act(tx, await this.appointments.get(scope, conflict.appointmentId, tx));
      await this.conflicts.close({ scope, connection }, tx, appointment, resolution);
      await this.queue.ask(scope, tx, connection, appointment);
      return this.rows.forTenant(scope, tx).getById(conflict._id, 'conflict');
    });
  }

  /** Pages that taking theirs over may need; not inside the transaction. */
  private async makeReady(scope: TenantScope, conflict: Conflict): Promise<void> {
    const visit = await this.visitOf(scope, conflict);
    if (conflict.kind !== 'both_changed' || !visit) return;
    const appointment = await this.appointments.get(scope, conflict.appointmentId);
    await this.facts.prepare(scope, appointment, factOf(visit, appointment));
  }

  private visitOf(scope: TenantScope, { appointmentId, connectionId }: Conflict, tx?: Tx): Promise<PmsVisit | null> {
    return this.visits.forTenant(scope, tx).findOne({ appointmentId, connectionId } as Filter<PmsVisit>);
  }
}
