import { Injectable } from '@nestjs/common';
import { defineCollection, Persistence, TenantRepository, type TenantDocument } from '../persistence/index.js';

/** One step of a visitor's way through the widget. */
export interface FunnelEvent extends TenantDocument {
  sessionId: string;
  step: string;
  reasonId: string | null;
  providerId: string | null;
  code: string | null;
  expireAt: Date;
}

const funnelCollection = defineCollection<FunnelEvent>({
  name: 'funnel_events',
  owner: 'tenantId',
  fields: {
    sessionId: { type: String, required: true },
    step: { type: String, required: true },
    reasonId: String,
    providerId: String,
    code: String,
    expireAt: { type: Date, required: true },
  },
  indexes: [
    { key: { tenantId: 1, step: 1, createdAt: 1 } },
    { key: { expireAt: 1 }, expireAfterSeconds: 0, acrossTenants: true },
  ],
});

@Injectable()
export class FunnelRepository extends TenantRepository<FunnelEvent> {
  constructor(persistence: Persistence) {
    super(persistence, funnelCollection);
  }
}
