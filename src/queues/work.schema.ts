import { anyShape, defineCollection, type TenantDocument } from '../persistence/index.js';

export type WorkState = 'ready' | 'done' | 'dead' | 'cancelled';

/** One thing to do later (or at once), and afterwards the receipt that it was done. Holds ids only (law 8). */
export interface WorkRow extends TenantDocument {
  /** `kind:key`; the same key asks for the same work, so asking twice changes nothing. */
  _id: string;
  kind: string;
  payload: Record<string, string | number | boolean | null>;
  /** Epoch ms. */
  dueAt: number;
  state: WorkState;
  attempts: number;
  /** A worker holds the row until then; a dead worker's rows come free by themselves. */
  leaseUntil: number | null;
  leaseToken: string | null;
  /** How often it was asked to run sooner: work that puts itself off sees that it was asked again meanwhile. */
  hastened?: number;
  /** PHI-free reason of the last failure. */
  lastError: string | null;
  finishedAt: number | null;
  /** When the receipt may go; TTL. */
  expireAt: Date | null;
}

export const workCollection = defineCollection<WorkRow>({
  name: 'due_work',
  owner: 'tenantId',
  fields: {
    kind: { type: String, required: true },
    payload: anyShape,
    dueAt: { type: Number, required: true },
    state: { type: String, required: true },
    attempts: { type: Number, required: true },
    leaseUntil: Number,
    leaseToken: String,
    hastened: Number,
    lastError: String,
    finishedAt: Number,
    expireAt: Date,
  },
  indexes: [
    { key: { state: 1, dueAt: 1 }, acrossTenants: true },
    { key: { tenantId: 1, state: 1, kind: 1, dueAt: 1 } },
    { key: { expireAt: 1 }, expireAfterSeconds: 0, acrossTenants: true },
  ],
});
