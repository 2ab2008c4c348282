import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, newId, type Clock, type TenantScope } from '../../kernel/index.js';
import {
  defineCollection,
  Persistence,
  TenantRepository,
  type PageRequest,
  type TenantDocument,
  type Tx,
} from '../../persistence/index.js';

export const LOG_KINDS = ['import', 'pull', 'export', 'note', 'conflict', 'reconcile', 'pause'] as const;
export type LogKind = (typeof LOG_KINDS)[number];

/** Something that the sync did or could not do. Ids, counts and codes only. */
export interface LogEntry extends TenantDocument {
  connectionId: string;
  kind: LogKind;
  ok: boolean;
  /** What was done, or the code of the failure. */
  what: string;
  records: number;
  appointmentId: string | null;
  expireAt: Date;
}

const KEPT_MS = 30 * 86_400_000;

const logCollection = defineCollection<LogEntry>({
  name: 'sync_log',
  owner: 'tenantId',
  fields: {
    connectionId: { type: String, required: true },
    kind: { type: String, required: true },
    ok: { type: Boolean, required: true },
    what: { type: String, required: true },
    records: { type: Number, required: true },
    appointmentId: String,
    expireAt: { type: Date, required: true },
  },
  indexes: [
    { key: { tenantId: 1, connectionId: 1, _id: 1 } },
    { key: { expireAt: 1 }, expireAfterSeconds: 0, acrossTenants: true },
  ],
});

@Injectable()
export class SyncLogRepository extends TenantRepository<LogEntry> {
  constructor(persistence: Persistence) {
    super(persistence, logCollection);
  }
}

export interface NewLogEntry {
  connectionId: string;
  kind: LogKind;
  ok: boolean;
  what: string;
  records?: number;
  appointmentId?: string;
}

/** What happened lately, for people who look for the cause of something. Quiet runs that change nothing are left out. */
@Injectable()
export class SyncLog {
  constructor(
    private readonly entries: SyncLogRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async note(scope: TenantScope, entry: NewLogEntry, tx?: Tx): Promise<void> {
    const now = this.clock.now();
    await this.entries.forTenant(scope, tx).insert({
      records: 0,
      appointmentId: null,
      ...entry,
      _id: newId('syncEntry', now),
      expireAt: new Date(now + KEPT_MS),
    });
  }

  async page(scope: TenantScope, request: PageRequest<LogEntry>) {
    return this.entries.forTenant(scope).page(request);
  }
}
