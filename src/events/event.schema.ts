import type { Actor } from '../kernel/index.js';
import { anyShape, defineCollection, type TenantDocument } from '../persistence/index.js';
import type { EventType } from './catalogue.js';

/** A row of the outbox and, afterwards, of the event feed. */
export interface DomainEvent extends TenantDocument {
  type: EventType;
  subject: { kind: string; id: string };
  /** Grows by one with each event of a subject: the version that the event made true. */
  sequence: number;
  data: Record<string, string | number | boolean | null>;
  actor: Actor;
  /** Epoch ms. */
  occurredAt: number;
  /** Present until the relay has told the consumers. */
  pending?: boolean;
}

export const eventCollection = defineCollection<DomainEvent>({
  name: 'events',
  owner: 'tenantId',
  fields: {
    type: { type: String, required: true },
    subject: { kind: { type: String, required: true }, id: { type: String, required: true }, _id: false },
    sequence: { type: Number, required: true },
    data: anyShape,
    actor: { kind: { type: String, required: true }, id: { type: String, required: true }, _id: false },
    occurredAt: { type: Number, required: true },
    pending: Boolean,
  },
  indexes: [
    { key: { pending: 1, occurredAt: 1 }, where: { pending: true }, acrossTenants: true },
    { key: { tenantId: 1, _id: 1 } },
    { key: { tenantId: 1, type: 1, _id: 1 } },
    { key: { tenantId: 1, 'subject.id': 1, sequence: 1 } },
  ],
});
