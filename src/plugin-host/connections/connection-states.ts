import { Inject, Injectable } from '@nestjs/common';
import { Outbox } from '../../events/index.js';
import { CLOCK, type Clock, type TenantScope } from '../../kernel/index.js';
import { UnitOfWork } from '../../persistence/index.js';
import { ConnectionReader } from './connection-reader.js';
import { ConnectionRepository } from './connection.repository.js';
import type { Connection, ConnectionStatus } from './connection.schema.js';

export interface Finding {
  status: Exclude<ConnectionStatus, 'unknown'>;
  reason: string | null;
}

/** Keeps what is known of the other side of a connection. A change of the status is recorded once, however many see it. */
@Injectable()
export class ConnectionStates {
  private readonly writing = new Map<string, Promise<void>>();

  constructor(
    private readonly connections: ConnectionRepository,
    private readonly reader: ConnectionReader,
    private readonly outbox: Outbox,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Notes what a call to `connection` (as it was read before the call) found. Free when nothing changed, unless it was a
   * person's test (`tested`), whose time is kept. A finding about an older revision is dropped.
   */
  async note(scope: TenantScope, connection: Connection, { status, reason }: Finding, tested = false): Promise<void> {
    if (connection.state.status === status && !tested) return;
    // Many calls end at once when a system dies or comes back: one of them writes, or they would wait for each other.
    const key = `${connection._id}|${connection.revision}|${status}`;
    const writing = this.writing.get(key) ?? this.write(scope, connection, { status, reason });
    this.writing.set(key, writing);
    await writing.finally(() => this.writing.delete(key));
  }

  private async write(scope: TenantScope, connection: Connection, { status, reason }: Finding): Promise<void> {
    const { _id, revision, pluginId, kind } = connection;
    const now = this.clock.now();
    await this.unitOfWork.run(async (tx) => {
      tx.afterCommit(() => this.reader.changed(scope, kind));
      const connections = this.connections.forTenant(scope, tx);
      const flipped = await connections.update(
        _id,
        { $set: { state: { status, reason, since: now, lastCheckedAt: now } } },
        { revision, 'state.status': { $ne: status } },
      );
      if (!flipped) {
        const kept = { $set: { 'state.lastCheckedAt': now, 'state.reason': reason }, $inc: { version: 0 } };
        await connections.update(_id, kept, { revision });
        return;
      }
      await this.outbox.record(scope, tx, {
        type: status === 'up' ? 'connection.up' : 'connection.down',
        subject: { kind: 'connection', id: _id },
        sequence: flipped.version,
        data: { pluginId, kind, status, reason },
      });
    });
  }
}
