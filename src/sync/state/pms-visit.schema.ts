import { Injectable } from '@nestjs/common';
import { defineCollection, Persistence, TenantRepository, type TenantDocument } from '../../persistence/index.js';
import type { VisitFacts } from '../site/visit.js';

/** What the practice system was last known to hold of one visit. It says nothing of the patient. */
export interface PmsVisit extends TenantDocument, VisitFacts {
  /** `connectionId/foreignId`. */
  _id: string;
  connectionId: string;
  /** Ours, when the visit is one of our appointments; its time is then taken by the appointment itself. */
  appointmentId: string | null;
  /** Epoch ms of our last write of it: a pull that began earlier knows less. */
  exportedAt: number | null;
}

export function pmsVisitId(connectionId: string, foreignId: string): string {
  return `${connectionId}/${foreignId}`;
}

const visitCollection = defineCollection<PmsVisit>({
  name: 'pms_visits',
  owner: 'tenantId',
  fields: {
    connectionId: { type: String, required: true },
    foreignId: { type: String, required: true },
    appointmentId: String,
    date: { type: String, required: true },
    start: { type: Number, required: true },
    end: { type: Number, required: true },
    providerId: String,
    operatoryId: String,
    pattern: String,
    status: { type: String, required: true },
    confirmed: { type: Boolean, required: true },
    asap: Boolean,
    changedAt: { type: Number, required: true },
    exportedAt: Number,
  },
  indexes: [
    { key: { tenantId: 1, connectionId: 1, date: 1 } },
    { key: { tenantId: 1, appointmentId: 1 }, where: { appointmentId: { $type: 'string' } } },
  ],
});

@Injectable()
export class PmsVisits extends TenantRepository<PmsVisit> {
  constructor(persistence: Persistence) {
    super(persistence, visitCollection);
  }
}
