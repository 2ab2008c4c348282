import { Injectable } from '@nestjs/common';
import { defineCollection, Persistence, TenantRepository, type TenantDocument } from '../../persistence/index.js';

/** That somebody is due again, as the practice system says. It names the patient by the id over there alone. */
export interface Recall extends TenantDocument {
  connectionId: string;
  foreignId: string;
  patientForeignId: string;
  type: string;
  /** Local days. */
  dueOn: string;
  scheduledOn: string | null;
  /** The last reading of the list that had it. */
  round: number;
}

const recallCollection = defineCollection<Recall>({
  name: 'pms_recalls',
  owner: 'tenantId',
  fields: {
    connectionId: { type: String, required: true },
    foreignId: { type: String, required: true },
    patientForeignId: { type: String, required: true },
    type: { type: String, required: true },
    dueOn: { type: String, required: true },
    scheduledOn: String,
    round: { type: Number, required: true },
  },
  indexes: [
    { key: { tenantId: 1, connectionId: 1, dueOn: 1, _id: 1 } },
    { key: { tenantId: 1, connectionId: 1, patientForeignId: 1 } },
  ],
});

@Injectable()
export class Recalls extends TenantRepository<Recall> {
  constructor(persistence: Persistence) {
    super(persistence, recallCollection);
  }
}
