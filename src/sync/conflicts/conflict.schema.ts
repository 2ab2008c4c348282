import { Injectable } from '@nestjs/common';
import {
  anyShape,
  defineCollection,
  Persistence,
  TenantRepository,
  type TenantDocument,
} from '../../persistence/index.js';
import type { Appointment } from '../../scheduling/index.js';
import type { VisitFacts } from '../site/visit.js';

/**
 * `overlap`: both sides hold that time. `refused`: the practice system did not take ours. `both_changed`: the same visit was
 * changed on both sides. `gone`: the practice system has it no more.
 */
export const CONFLICT_KINDS = ['overlap', 'refused', 'both_changed', 'gone'] as const;
export type ConflictKind = (typeof CONFLICT_KINDS)[number];

export const RESOLUTIONS = ['keep_theirs', 'keep_ours', 'move', 'vanished'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

/** Two truths about one time, until somebody (or a later change) decides. */
export interface Conflict extends TenantDocument {
  connectionId: string;
  appointmentId: string;
  kind: ConflictKind;
  open: boolean;
  /** The visit of the practice system; null when it did not tell which one. */
  theirs: Pick<VisitFacts, 'foreignId' | 'start' | 'end' | 'providerId' | 'operatoryId' | 'status'> | null;
  ours: Pick<Appointment, 'start' | 'end' | 'providerId' | 'operatoryId' | 'status'>;
  alternatives: Appointment['sync']['alternatives'];
  /** Pages on which the appointment stands. */
  pageIds: string[];
  resolution: Resolution | null;
  resolvedAt: number | null;
}

const conflictCollection = defineCollection<Conflict>({
  name: 'sync_conflicts',
  owner: 'tenantId',
  fields: {
    connectionId: { type: String, required: true },
    appointmentId: { type: String, required: true },
    kind: { type: String, required: true },
    open: { type: Boolean, required: true },
    theirs: anyShape,
    ours: anyShape,
    alternatives: anyShape,
    pageIds: [String],
    resolution: String,
    resolvedAt: Number,
  },
  indexes: [
    { key: { tenantId: 1, appointmentId: 1 }, unique: true, where: { open: true } },
    { key: { tenantId: 1, open: 1, _id: 1 } },
  ],
});

@Injectable()
export class ConflictRepository extends TenantRepository<Conflict> {
  constructor(persistence: Persistence) {
    super(persistence, conflictCollection);
  }
}
