import { Inject, Injectable } from '@nestjs/common';
import type { PluginKind } from '@openchair/plugin-kit';
import { CLOCK, mintSystemScope, notFound, TtlCache, type Clock, type TenantScope } from '../../kernel/index.js';
import type { Page, PageRequest } from '../../persistence/index.js';
import { SharedParts } from '../agency/shared-parts.js';
import { joinShared } from './connection-config.js';
import { ConnectionRepository } from './connection.repository.js';
import type { Connection } from './connection.schema.js';

const bySender = mintSystemScope('a webhook names its connection before anybody knows the practice');

/** How old a list may be that is asked for with every booking. */
const LATELY_MS = 1_000;

/** Connections as they are used: what is inherited is joined with what the agency says. One whose agency has removed it is none. */
@Injectable()
export class ConnectionReader {
  private readonly kept: TtlCache<readonly Connection[]>;

  constructor(
    private readonly connections: ConnectionRepository,
    private readonly shared: SharedParts,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.kept = new TtlCache(clock, { ttlMs: LATELY_MS });
  }

  async get(scope: TenantScope, id: string): Promise<Connection> {
    const whole = await this.whole(await this.connections.forTenant(scope).getById(id, 'connection'));
    if (!whole) throw notFound('connection');
    return whole;
  }

  /** The active connections of a kind, the first one in front; `lately`: as this process has seen them up to a second ago. */
  async active(scope: TenantScope, kind: PluginKind, lately = false): Promise<readonly Connection[]> {
    const read = async () => {
      const sort = { priority: 1, _id: 1 } as const;
      return this.wholes(await this.connections.forTenant(scope).find({ kind, active: true }, { sort }));
    };
    return lately ? this.kept.get(`${scope.tenantId}:${kind}`, read) : read();
  }

  /** To be called when a connection of the practice was changed: what this process did, it sees at once. */
  changed(scope: TenantScope, kind: PluginKind): void {
    this.kept.forget(`${scope.tenantId}:${kind}`);
  }

  async page(scope: TenantScope, request: PageRequest<Connection>): Promise<Page<Connection>> {
    const page = await this.connections.forTenant(scope).page(request);
    return { ...page, data: await this.wholes(page.data) };
  }

  /** The active connection that a webhook is about, of whichever practice. */
  async ofWebhook(id: string): Promise<Connection | null> {
    const found = await this.connections.forSystem(bySender).findOne({ _id: id, active: true });
    return found && this.whole(found);
  }

  private async wholes(rows: readonly Connection[]): Promise<Connection[]> {
    const wholes = await Promise.all(rows.map((row) => this.whole(row)));
    return wholes.filter((one) => one !== null);
  }

  private async whole(row: Connection): Promise<Connection | null> {
    if (!row.inherits) return row;
    const shared = await this.shared.of(row.inherits);
    if (!shared) return null;
    return { ...row, ...joinShared(shared, row) };
  }
}
