import { Injectable } from '@nestjs/common';
import { mintSystemScope, notFound, type TenantScope } from '../../kernel/index.js';
import type { Filter, FindOptions, Page, PageRequest } from '../../persistence/index.js';
import { SharedParts } from '../agency/shared-parts.js';
import { joinShared } from './connection-config.js';
import { ConnectionRepository } from './connection.repository.js';
import type { Connection } from './connection.schema.js';

const bySender = mintSystemScope('a webhook names its connection before anybody knows the practice');

/** Connections as they are used: what is inherited is joined with what the agency says. One whose agency has removed it is none. */
@Injectable()
export class ConnectionReader {
  constructor(
    private readonly connections: ConnectionRepository,
    private readonly shared: SharedParts,
  ) {}

  async get(scope: TenantScope, id: string): Promise<Connection> {
    const whole = await this.whole(await this.connections.forTenant(scope).getById(id, 'connection'));
    if (!whole) throw notFound('connection');
    return whole;
  }

  async find(scope: TenantScope, filter: Filter<Connection>, options: FindOptions): Promise<Connection[]> {
    return this.wholes(await this.connections.forTenant(scope).find(filter, options));
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
