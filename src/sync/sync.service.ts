import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { PmsTopic } from '@openchair/plugin-kit';
import { Consumers, type DomainEvent } from '../events/index.js';
import { Problem, type TenantScope } from '../kernel/index.js';
import type { Tx } from '../persistence/index.js';
import { Connections, InboundHandlers, type Connection } from '../plugin-host/index.js';
import { DueWork, STANDARD_LADDER, WorkHandlers, type WorkContext } from '../queues/index.js';
import { AppointmentRepository, PmsAnswers, PmsFreshness, PmsGate, type Appointment } from '../scheduling/index.js';
import { Conflicts } from './conflicts/conflicts.js';
import { Forgetting } from './forgetting.js';
import { LISTING } from './lists/lists.js';
import { PmsStates } from './pms-states.js';
import { Puller } from './pull/puller.js';
import { ExportQueue } from './push/export-queue.js';
import { FirstAnswers } from './push/first-answers.js';
import { Pusher } from './push/pusher.js';
import { payloadOf } from './site/live-connections.js';
import { Sites } from './site/site.js';
import { PULL, PUSH, workKeyOf } from './state/rhythm.js';

const TOPICS: readonly PmsTopic[] = ['providers', 'operatories', 'schedules', 'appointments', 'patients'];

/** Ties the sync to what happens: appointments that change, connections that come and go, hints from vendors. */
@Injectable()
export class Sync implements OnModuleInit {
  constructor(
    private readonly sites: Sites,
    private readonly states: PmsStates,
    private readonly puller: Puller,
    private readonly pusher: Pusher,
    private readonly queue: ExportQueue,
    private readonly conflicts: Conflicts,
    private readonly forgetting: Forgetting,
    private readonly connections: Connections,
    private readonly appointments: AppointmentRepository,
    private readonly gate: PmsGate,
    private readonly answers: PmsAnswers,
    private readonly first: FirstAnswers,
    private readonly freshness: PmsFreshness,
    private readonly consumers: Consumers,
    private readonly handlers: WorkHandlers,
    private readonly inbound: InboundHandlers,
    private readonly work: DueWork,
  ) {}

  onModuleInit(): void {
    this.gate.answerWith((scope, locationId) => this.states.of(scope, locationId));
    this.answers.answerWith((scope, appointmentId) => this.first.wait(scope, appointmentId));
    this.freshness.answerWith((scope) => this.states.freshness(scope));
    const outside = { transactional: false as const, ladder: STANDARD_LADDER };
    this.handlers.register({ ...outside, kind: PULL, handle: (context: WorkContext) => this.puller.run(context) });
    this.handlers.register({ ...outside, kind: PUSH, handle: (context: WorkContext) => this.pusher.run(context) });
    this.consumers.register({
      name: 'sync.appointments',
      types: [
        'appointment.booked',
        'appointment.rescheduled',
        'appointment.confirmed',
        'appointment.unconfirmed',
        'appointment.cancelled',
        'appointment.no_show',
      ],
      handle: (event, scope, tx) => this.changed(event, scope, tx),
    });
    this.consumers.register({
      name: 'sync.connections',
      types: ['connection.changed', 'connection.up'],
      handle: (event, scope, tx) => this.connected(event, scope, tx),
    });
    for (const topic of TOPICS)
      this.inbound.register(topic, async ({ connection, scope }, tx) => {
        await this.hasten(scope, tx, connection);
        if (topic === 'appointments') await this.queue.hear(scope, tx, connection);
      });
  }

  /** Reads soon, whatever the rhythm says: a vendor's webhook is a hint, and so is a person's wish. */
  hasten(scope: TenantScope, tx: Tx, connection: Connection): Promise<void> {
    return this.work.hasten(scope, tx, PULL, workKeyOf(connection));
  }

  /** Makes sure that a connection is worked for. Asking again changes nothing. */
  async watch(scope: TenantScope, tx: Tx, connection: Connection): Promise<void> {
    const payload = payloadOf(connection);
    const key = workKeyOf(connection);
    await this.work.add(
      scope,
      tx,
      [PULL, PUSH, LISTING].map((kind) => ({ kind, key, payload })),
    );
  }

  private async changed({ subject }: DomainEvent, scope: TenantScope, tx: Tx): Promise<void> {
    const appointment = await this.appointments.forTenant(scope, tx).findById(subject.id);
    if (!appointment || appointment.status === 'requested') return;
    const connection = await this.sites.writable(scope, appointment.locationId);
    if (!connection) return;
    if (await this.conflicts.stands(scope, tx, appointment)) return;
    await this.decided(scope, tx, connection, appointment);
    await this.queue.ask(scope, tx, connection, appointment);
  }

  /** Whoever moves or cancels an appointment in conflict has decided. */
  private async decided(scope: TenantScope, tx: Tx, connection: Connection, appointment: Appointment): Promise<void> {
    const resolution = appointment.status === 'cancelled' ? 'keep_theirs' : 'move';
    await this.conflicts.close({ scope, connection }, tx, appointment, resolution);
  }

  private async connected({ subject, data, type }: DomainEvent, scope: TenantScope, tx: Tx): Promise<void> {
    if (data['kind'] !== 'pms') return;
    const connection = await this.connections.get(scope, subject.id).catch((error: unknown) => {
      if (error instanceof Problem && error.code === 'not_found') return null;
      throw error;
    });
    if (!connection) return this.forgetting.begin(scope, tx, subject.id);
    if (!connection.active) return;
    await this.watch(scope, tx, connection);
    if (type === 'connection.up') {
      await this.work.hasten(scope, tx, PULL, workKeyOf(connection));
      await this.work.hasten(scope, tx, PUSH, workKeyOf(connection));
    }
  }
}
