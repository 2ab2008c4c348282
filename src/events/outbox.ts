import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, newId, type Clock, type TenantScope } from '../kernel/index.js';
import type { Tx } from '../persistence/index.js';
import type { EventType } from './catalogue.js';
import { EventRepository } from './event.repository.js';
import type { DomainEvent } from './event.schema.js';
import { Relay } from './relay.js';

export interface NewEvent {
  type: EventType;
  subject: DomainEvent['subject'];
  /** The version of the subject that this event made true. */
  sequence: number;
  data?: DomainEvent['data'];
}

/** Records that something happened, in the transaction that made it happen (law 4). */
@Injectable()
export class Outbox {
  constructor(
    private readonly events: EventRepository,
    private readonly relay: Relay,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async record(scope: TenantScope, tx: Tx, event: NewEvent): Promise<DomainEvent> {
    const occurredAt = this.clock.now();
    const row = await this.events.forTenant(scope, tx).insert({
      _id: newId('event', occurredAt),
      type: event.type,
      subject: event.subject,
      sequence: event.sequence,
      data: event.data ?? {},
      actor: scope.actor,
      occurredAt,
      pending: true,
    });
    tx.afterCommit(() => this.relay.soon(row));
    return row;
  }
}
