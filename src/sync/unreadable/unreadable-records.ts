import { Inject, Injectable } from '@nestjs/common';
import type { UnreadableRecord } from '@openchair/plugin-kit';
import { CLOCK, type Clock, type TenantScope } from '../../kernel/index.js';
import type { Filter, Page } from '../../persistence/index.js';
import type { Sifted } from '../site/answers.js';
import type { Site } from '../site/site.js';
import { SyncLog } from '../state/sync-log.js';
import { SyncRegister } from '../state/sync-register.js';
import { BOOK_KINDS, UnreadableRepository, type ReadKind, type Unreadable } from './unreadable.schema.js';

/** What must not be taken for gone only because it was not read. */
export interface Spared {
  foreignIds: ReadonlySet<string>;
  /** Some have no id: they may be any. */
  anybody: boolean;
}

/**
 * Records of practice systems that cannot be read. One of them does not stop a practice: the others are taken over, what was
 * known of this one stands as it was, and staff are told until it can be read again.
 */
@Injectable()
export class UnreadableRecords {
  constructor(
    private readonly repository: UnreadableRepository,
    private readonly register: SyncRegister,
    private readonly log: SyncLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Keeps what cannot be read, and drops what can be read again. */
  async meet(site: Site, kind: ReadKind, { records, unreadable }: Sifted<object>): Promise<void> {
    await this.keep(site, kind, unreadable);
    const readable = new Set(records.map((record: { foreignId?: string }) => idOf(site, kind, record)));
    const rows = this.repository.forTenant(site.scope);
    const known = await rows.ids(ofKind(site, kind));
    const again = known.filter((id) => readable.has(id));
    if (again.length > 0) await rows.removeMany({ _id: { $in: again } } as Filter<Unreadable>);
  }

  /** All records of the kind have been read since `began` (epoch ms): what was not met then is not there any more. */
  async complete(site: Site, kind: ReadKind, began: number): Promise<void> {
    await this.repository.forTenant(site.scope).removeMany({ ...ofKind(site, kind), seenAt: { $lt: began } });
  }

  /** Those of a kind that are set apart now. */
  async spared(site: Site, kind: ReadKind): Promise<Spared> {
    const found = await this.repository.forTenant(site.scope).pick(ofKind(site, kind), ['foreignId']);
    const foreignIds = found.flatMap(({ foreignId }) => foreignId ?? []);
    return { foreignIds: new Set(foreignIds), anybody: foreignIds.length < found.length };
  }

  /** Raises the alert, or ends it; each once. */
  async tell(site: Site): Promise<void> {
    await this.register.unreadable(site, await this.count(site.scope, site.connection._id));
  }

  /** Of the book alone: the lists beside it are no trouble of the practice system. */
  count(scope: TenantScope, connectionId: string): Promise<number> {
    const book = { connectionId, kind: { $in: BOOK_KINDS } };
    return this.repository.forTenant(scope).count(book as Filter<Unreadable>);
  }

  countOf(site: Site, kind: ReadKind): Promise<number> {
    return this.repository.forTenant(site.scope).count(ofKind(site, kind));
  }

  page(
    scope: TenantScope,
    connectionId: string,
    request: { limit: number; cursor?: string | undefined },
  ): Promise<Page<Unreadable>> {
    return this.repository.forTenant(scope).page({ ...request, filter: { connectionId } as Filter<Unreadable> });
  }

  async forget(scope: TenantScope, connectionId: string): Promise<void> {
    await this.repository.forTenant(scope).removeMany({ connectionId } as Filter<Unreadable>);
  }

  private async keep(site: Site, kind: ReadKind, unreadable: readonly UnreadableRecord[]): Promise<void> {
    if (unreadable.length === 0) return;
    const rows = this.repository.forTenant(site.scope);
    const now = this.clock.now();
    const { _id: connectionId } = site.connection;
    const met = new Map<string, Pick<Unreadable, 'foreignId' | 'field' | 'reason' | 'records' | 'seenAt'>>();
    for (const one of unreadable) {
      const id = idOf(site, kind, one);
      const { foreignId = null, field, reason } = one;
      const records = foreignId === null ? (met.get(id)?.records ?? 0) + 1 : 1;
      met.set(id, { foreignId, field, reason, records, seenAt: now });
    }
    await rows.updateEach([...met].map(([id, set]) => ({ id, update: { $set: set } })));
    const fresh = [...met].map(([_id, one]) => ({ _id, connectionId, kind, ...one, since: now }));
    const added = fresh.length - (await rows.insertMissing(fresh)).length;
    if (added === 0) return;
    const entry = { connectionId, kind: 'pull', ok: false, what: 'records_unreadable', records: added } as const;
    await this.log.note(site.scope, entry);
  }
}

function ofKind({ connection }: Site, kind: ReadKind): Filter<Unreadable> {
  return { connectionId: connection._id, kind } as Filter<Unreadable>;
}

/** A record without an id is known by its fault. */
function idOf(
  { connection }: Site,
  kind: ReadKind,
  { foreignId, field = '', reason = '' }: { foreignId?: string | undefined; field?: string; reason?: string },
): string {
  const own = foreignId ?? `?${field}:${reason}`;
  return `${connection._id}/${kind}/${own}`;
}
