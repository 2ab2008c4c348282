import { Injectable } from '@nestjs/common';
import {
  anyShape,
  defineCollection,
  Persistence,
  TenantRepository,
  type TenantDocument,
} from '../../persistence/index.js';

/**
 * `missed`: the practice system had changed it without our hearing of it; taken over now. `missing_there`: ours is not in the
 * practice system. `differs`: both have it, differently. `waiting`: still to be written. `conflict`: somebody has to decide.
 */
export const DIFFERENCE_KINDS = ['missed', 'missing_there', 'differs', 'waiting', 'conflict'] as const;
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

export interface Difference {
  kind: DifferenceKind;
  appointmentId: string | null;
  foreignId: string | null;
  /** Epoch ms of the visit's start. */
  start: number;
}

/** The last comparison of both sides of one connection. */
export interface Report extends TenantDocument {
  /** The connection's id. */
  _id: string;
  at: number;
  from: string;
  to: string;
  /** Visits of the practice system, and appointments of ours, that were compared. */
  theirs: number;
  ours: number;
  /** The first of them; `total` counts all. */
  differences: Difference[];
  total: number;
}

const reportCollection = defineCollection<Report>({
  name: 'sync_reports',
  owner: 'tenantId',
  fields: {
    at: { type: Number, required: true },
    from: { type: String, required: true },
    to: { type: String, required: true },
    theirs: { type: Number, required: true },
    ours: { type: Number, required: true },
    differences: anyShape,
    total: { type: Number, required: true },
  },
  indexes: [{ key: { tenantId: 1, _id: 1 } }],
});

@Injectable()
export class Reports extends TenantRepository<Report> {
  constructor(persistence: Persistence) {
    super(persistence, reportCollection);
  }
}
