import { Injectable } from '@nestjs/common';
import type { InboundEvent, NotificationTopic, PaymentTopic, PmsTopic } from '@openchair/plugin-kit';
import type { TenantScope } from '../../kernel/index.js';
import type { Tx } from '../../persistence/index.js';
import type { Connection } from '../connections/connection.schema.js';

/** The topics of all kinds; no two kinds share one. */
export type InboundTopic = PmsTopic | NotificationTopic | PaymentTopic;

export interface Inbound {
  event: InboundEvent<InboundTopic>;
  connection: Connection;
  scope: TenantScope;
}

/** Database effects only, all through `tx`; outside calls become due work. Runs once for each event of a connection. */
export type InboundHandler = (inbound: Inbound, tx: Tx) => Promise<void>;

/** Who listens to which topic of vendors' webhooks. Rooms register while the application starts; one for each topic. */
@Injectable()
export class InboundHandlers {
  private readonly byTopic = new Map<string, InboundHandler>();

  register(topic: InboundTopic, handler: InboundHandler): void {
    if (this.byTopic.has(topic)) throw new Error(`the inbound topic ${topic} has two handlers`);
    this.byTopic.set(topic, handler);
  }

  of(topic: InboundTopic): InboundHandler | undefined {
    return this.byTopic.get(topic);
  }
}
