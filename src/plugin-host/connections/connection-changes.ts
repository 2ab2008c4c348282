import { Injectable } from '@nestjs/common';
import { Outbox } from '../../events/index.js';
import { notFound, type TenantScope } from '../../kernel/index.js';
import type { Tx } from '../../persistence/index.js';
import { PluginRecords } from '../adapters/plugin-record.repository.js';
import { ConnectionReader } from './connection-reader.js';
import { ConnectionRepository } from './connection.repository.js';
import type { Connection } from './connection.schema.js';

/** What has to happen beside a change of a connection, whoever makes it. */
@Injectable()
export class ConnectionChanges {
  constructor(
    private readonly connections: ConnectionRepository,
    private readonly reader: ConnectionReader,
    private readonly records: PluginRecords,
    private readonly outbox: Outbox,
  ) {}

  async tell(
    scope: TenantScope,
    tx: Tx,
    { _id, version, pluginId, kind, active }: Connection,
    change: 'created' | 'changed' | 'removed',
  ): Promise<void> {
    tx.afterCommit(() => this.reader.changed(scope, kind));
    await this.outbox.record(scope, tx, {
      type: 'connection.changed',
      subject: { kind: 'connection', id: _id },
      sequence: version,
      data: { change, pluginId, kind, active },
    });
  }

  /** With all that its plugin has stored. */
  async remove(scope: TenantScope, tx: Tx, connection: Connection): Promise<void> {
    const { _id, version } = connection;
    if (!(await this.connections.forTenant(scope, tx).remove(_id))) throw notFound('connection');
    await this.records.forTenant(scope, tx).removeMany({ connectionId: _id });
    await this.tell(scope, tx, { ...connection, version: version + 1 }, 'removed');
  }
}
