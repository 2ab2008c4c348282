import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, Problem, type Clock, type TenantScope } from '../../kernel/index.js';
import { UnitOfWork, type Filter, type Page } from '../../persistence/index.js';
import { Connections, type Connection } from '../../plugin-host/index.js';
import { DueWork } from '../../queues/index.js';
import { Appointments, type Appointment } from '../../scheduling/index.js';
import { ConflictRepository, type Conflict } from '../conflicts/conflict.schema.js';
import { Conflicts } from '../conflicts/conflicts.js';
import { ListStandings, type ListStanding } from '../lists/list-standings.js';
import { LISTING, LISTS, type List } from '../lists/lists.js';
import type { ReasonWarning } from '../lists/reason-warnings.js';
import { OwnVisits } from '../pull/own-visits.js';
import { Reports, type Report } from '../pull/reconcile.schema.js';
import { ExportQueue } from '../push/export-queue.js';
import { Exports, type Export } from '../push/export.schema.js';
import { LiveConnections } from '../site/live-connections.js';
import { PmsClient, PmsFailed } from '../site/pms-client.js';
import { Sites } from '../site/site.js';
import { factsOf } from '../site/visit.js';
import { PULL, PUSH, workKeyOf } from '../state/rhythm.js';
import { SyncLog, type LogEntry } from '../state/sync-log.js';
import { SyncRegister } from '../state/sync-register.js';
import type { SyncState } from '../state/sync-state.schema.js';
import { Sync } from '../sync.service.js';
import { UnreadableRecords } from '../unreadable/unreadable-records.js';
import type { Unreadable } from '../unreadable/unreadable.schema.js';

/** How long a person waits for the practice system to tell of one appointment. */
const ASK_MS = 10_000;

const BOOK_RUNS = ['providers', 'operatories', 'schedules', 'appointments'] as const;
export const RUNS = ['all', 'import', 'reconcile', ...BOOK_RUNS, ...LISTS] as const;
export type Run = (typeof RUNS)[number];

/** Everything that is known of one connection's sync. */
export interface Standing {
  connection: Connection;
  /** Null: the worker has not begun yet. */
  state: SyncState | null;
  pending: number;
  stopped: number;
  /** Epoch ms of the oldest change that is not written. */
  oldestPendingSince: number | null;
  openConflicts: number;
  lists: ListStanding[];
  warnings: ReasonWarning[];
  /** Records that cannot be read. */
  unreadable: number;
}

/** What people may do about the sync. */
@Injectable()
export class SyncTools {
  constructor(
    private readonly connections: Connections,
    private readonly live: LiveConnections,
    private readonly sites: Sites,
    private readonly client: PmsClient,
    private readonly register: SyncRegister,
    private readonly exports: Exports,
    private readonly conflictRows: ConflictRepository,
    private readonly conflicts: Conflicts,
    private readonly reports: Reports,
    private readonly unreadable: UnreadableRecords,
    private readonly log: SyncLog,
    private readonly own: OwnVisits,
    private readonly queue: ExportQueue,
    private readonly lists: ListStandings,
    private readonly sync: Sync,
    private readonly appointments: Appointments,
    private readonly work: DueWork,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async list(scope: TenantScope): Promise<Standing[]> {
    const connections = await this.connections.all(scope, 'pms', { anywhere: true });
    return Promise.all(connections.map((connection) => this.standing(scope, connection)));
  }

  async get(scope: TenantScope, connectionId: string): Promise<Standing> {
    return this.standing(scope, await this.live.known(scope, connectionId));
  }

  /** Does at once what would be done in its time. `import` begins from the first day, `all` reads everything that is due now. */
  async run(scope: TenantScope, connectionId: string, run: Run): Promise<Standing> {
    const connection = await this.live.known(scope, connectionId);
    if (!connection.active) throw new Problem('conflict', 'This connection is switched off. Switch it on first.');
    if (isList(run)) {
      await this.unitOfWork.run((tx) => this.lists.hasten(scope, tx, connection, run));
      return this.standing(scope, connection);
    }
    const site = await this.sites.of(scope, connection);
    if (run === 'import') await this.register.restart(site);
    else if (run === 'all') await this.register.wish(site, 'providers', 'schedules');
    else if (run === 'reconcile' || run === 'schedules') await this.register.wish(site, run);
    else if (run !== 'appointments') await this.register.wish(site, 'providers');
    await this.hasten(scope, connection);
    if (run === 'all' || run === 'import') await this.unitOfWork.run((tx) => this.lists.hasten(scope, tx, connection));
    return this.standing(scope, connection);
  }

  /** While it is paused nothing is read or written; bookings are taken and wait. */
  async pause(scope: TenantScope, connectionId: string, paused: boolean): Promise<Standing> {
    const connection = await this.live.known(scope, connectionId);
    const site = await this.sites.of(scope, connection);
    const { pausedAt } = await this.register.get(site);
    if (paused !== (pausedAt !== null)) {
      await this.register.set(site, { pausedAt: paused ? this.clock.now() : null });
      const what = paused ? 'paused' : 'resumed';
      await this.log.note(scope, { connectionId, kind: 'pause', ok: true, what });
      if (!paused) await this.hasten(scope, connection);
    }
    return this.standing(scope, connection);
  }

  async logOf(
    scope: TenantScope,
    connectionId: string,
    request: { limit: number; cursor?: string | undefined },
  ): Promise<Page<LogEntry>> {
    await this.connections.get(scope, connectionId);
    const filter = { connectionId } as Filter<LogEntry>;
    return this.log.page(scope, { ...request, filter, sort: '-_id' });
  }

  /** The records that cannot be read now. */
  async unreadableOf(
    scope: TenantScope,
    connectionId: string,
    request: { limit: number; cursor?: string | undefined },
  ): Promise<Page<Unreadable>> {
    await this.connections.get(scope, connectionId);
    return this.unreadable.page(scope, connectionId, request);
  }

  /** The last comparison of both sides; `not_found` until there is one. */
  async differences(scope: TenantScope, connectionId: string): Promise<Report> {
    await this.live.known(scope, connectionId);
    return this.reports.forTenant(scope).getById(connectionId, 'comparison');
  }

  /** Asks the practice system for one appointment, takes over what it says, and writes what it lacks. */
  async runOne(scope: TenantScope, appointmentId: string): Promise<Appointment> {
    const { appointment, connection } = await this.ofAppointment(scope, appointmentId);
    const site = await this.sites.of(scope, connection);
    try {
      const record = await this.client.call(site, 'findByOurReference', [appointmentId], { deadlineMs: ASK_MS });
      const visit = record && factsOf(site, record);
      if (visit) await this.own.merge(site, { appointmentId, visit });
    } catch (error) {
      if (!(error instanceof PmsFailed)) throw error;
      const detail = `The practice system did not answer: ${error.reason}.`;
      throw new Problem('unavailable', detail, { retryAfter: 30 });
    }
    return this.askAgain(scope, connection, appointment);
  }

  /** Sets a write going again that failed or came too late. */
  async retry(scope: TenantScope, appointmentId: string): Promise<Appointment> {
    const { appointment, connection } = await this.ofAppointment(scope, appointmentId);
    return this.askAgain(scope, connection, appointment);
  }

  conflictsPage(
    scope: TenantScope,
    { open, ...request }: { open: boolean; limit: number; cursor?: string | undefined },
  ): Promise<Page<Conflict>> {
    return this.conflictRows.forTenant(scope).page({ ...request, filter: { open }, sort: '-_id' });
  }

  private async askAgain(scope: TenantScope, connection: Connection, { _id }: Appointment): Promise<Appointment> {
    await this.unitOfWork.run(async (tx) => {
      const appointment = await this.appointments.get(scope, _id, tx);
      if (await this.conflicts.stands(scope, tx, appointment)) {
        const detail = 'This appointment is in conflict with the practice system. Resolve the conflict instead.';
        throw new Problem('conflict', detail);
      }
      if (appointment.status !== 'requested') await this.queue.ask(scope, tx, connection, appointment);
    });
    return this.appointments.get(scope, _id);
  }

  private async ofAppointment(scope: TenantScope, appointmentId: string) {
    const appointment = await this.appointments.get(scope, appointmentId);
    const connection = await this.sites.writable(scope, appointment.locationId);
    if (!connection) {
      throw new Problem(
        'unprocessable',
        'The location of this appointment has no practice system that takes bookings.',
      );
    }
    return { appointment, connection };
  }

  private async hasten(scope: TenantScope, connection: Connection): Promise<void> {
    await this.unitOfWork.run(async (tx) => {
      await this.sync.watch(scope, tx, connection);
      for (const kind of [PULL, PUSH, LISTING]) await this.work.hasten(scope, tx, kind, workKeyOf(connection));
    });
  }

  private async standing(scope: TenantScope, connection: Connection): Promise<Standing> {
    const connectionId = connection._id;
    const rows = this.exports.forTenant(scope);
    const pendingOnes = { connectionId, status: 'pending' } as Filter<Export>;
    const [state, pending, stopped, oldest, openConflicts, unreadable] = await Promise.all([
      this.register.find(scope, connectionId),
      rows.count(pendingOnes),
      rows.count({ connectionId, status: 'stopped' } as Filter<Export>),
      rows.findOne(pendingOnes, { sort: { since: 1 } }),
      this.conflictRows.forTenant(scope).count({ connectionId, open: true } as Filter<Conflict>),
      this.unreadable.count(scope, connectionId),
    ]);
    const beside = await this.lists.of(scope, connection, state?.locationId ?? null);
    const oldestPendingSince = oldest?.since ?? null;
    return { connection, state, pending, stopped, oldestPendingSince, openConflicts, unreadable, ...beside };
  }
}

function isList(run: Run): run is List {
  return (LISTS as readonly string[]).includes(run);
}
