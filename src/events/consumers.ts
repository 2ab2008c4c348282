import { Injectable } from '@nestjs/common';
import { notFound, type TenantScope } from '../kernel/index.js';
import type { Tx } from '../persistence/index.js';
import { STANDARD_LADDER, WorkHandlers } from '../queues/index.js';
import type { EventType } from './catalogue.js';
import { EventRepository } from './event.repository.js';
import type { DomainEvent } from './event.schema.js';

export interface Consumer {
  /** Unique and lasting: it is part of the receipt's id. */
  name: string;
  types: readonly EventType[];
  /** Database effects only, all through `tx`: then each event acts exactly once. Outside calls become due work here. */
  handle(event: DomainEvent, scope: TenantScope, tx: Tx): Promise<void>;
}

export function consumerKind(name: string): string {
  return `consume.${name}`;
}

/** Who listens to what. The receipt of (event, consumer) is the row of due work that ran the handler. */
@Injectable()
export class Consumers {
  private readonly byType = new Map<EventType, string[]>();

  constructor(
    private readonly handlers: WorkHandlers,
    private readonly events: EventRepository,
  ) {}

  register(consumer: Consumer): void {
    for (const type of consumer.types) this.byType.set(type, [...(this.byType.get(type) ?? []), consumer.name]);
    this.handlers.register({
      kind: consumerKind(consumer.name),
      transactional: true,
      ladder: STANDARD_LADDER,
      handle: async ({ row, scope }, tx) => {
        const event = await this.events.forTenant(scope).findById(String(row.payload['eventId']));
        if (!event) throw notFound('event');
        await consumer.handle(event, scope, tx);
      },
    });
  }

  of(type: EventType): readonly string[] {
    return this.byType.get(type) ?? [];
  }
}
