import { Injectable } from '@nestjs/common';
import { defineCollection, Persistence, TenantRepository, type TenantDocument } from '../persistence/index.js';

/** Somebody who would come earlier or on short notice. Who they are is in the patient's record. */
export interface WaitlistEntry extends TenantDocument {
  patientId: string;
  patientType: string;
  reasonId: string;
  providerId: string | null;
  /** Local days, both included. */
  from: string;
  to: string;
  dayParts: string[];
  status: 'waiting' | 'booked' | 'withdrawn';
}

const waitlistCollection = defineCollection<WaitlistEntry>({
  name: 'waitlist',
  owner: 'tenantId',
  fields: {
    patientId: { type: String, required: true },
    patientType: { type: String, required: true },
    reasonId: { type: String, required: true },
    providerId: String,
    from: { type: String, required: true },
    to: { type: String, required: true },
    dayParts: [String],
    status: { type: String, required: true },
  },
  indexes: [{ key: { tenantId: 1, status: 1, reasonId: 1, _id: 1 } }],
});

@Injectable()
export class WaitlistRepository extends TenantRepository<WaitlistEntry> {
  constructor(persistence: Persistence) {
    super(persistence, waitlistCollection);
  }
}

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
