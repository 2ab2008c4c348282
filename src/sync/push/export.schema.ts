import { Injectable } from '@nestjs/common';
import {
  anyShape,
  defineCollection,
  Persistence,
  TenantRepository,
  type TenantDocument,
} from '../../persistence/index.js';
import type { VisitPlace } from '../site/visit.js';

/**
 * `pending`: to be written. `done`: both sides are equal. `stopped`: refused, in conflict or too late; a person or a new change
 * of the appointment sets it going again.
 */
export type ExportStatus = 'pending' | 'done' | 'stopped';

/** A line of the appointment's history (by its place) that is to stand in the visit's note over there. */
export interface Remark {
  line: number;
  /** The visit's id over there. */
  foreignId: string;
  attempts: number;
  /** Epoch ms. */
  dueAt: number;
}

/** What is still to be written of one appointment. The wish itself is the appointment: several changes are one write. */
export interface Export extends TenantDocument {
  /** The appointment's id. */
  _id: string;
  connectionId: string;
  patientId: string;
  status: ExportStatus;
  /** Start of the visit, epoch ms: too late afterwards. */
  start: number;
  /** Epoch ms of the oldest change that is not written: the order of a patient's writes. */
  since: number;
  dueAt: number;
  attempts: number;
  reason: string | null;
  lastAt: number | null;
  /** A write was sent and nobody knows yet what has come of it: news of the practice system may be the answer. */
  awaitsOutcome: boolean;
  /** The place of a visit that was asked for, when nobody can say whether it was made. */
  asked: VisitPlace | null;
  /** So many lines of the appointment's history are in the practice system. */
  noted: number;
  remark: Remark | null;
}

const exportCollection = defineCollection<Export>({
  name: 'sync_exports',
  owner: 'tenantId',
  fields: {
    connectionId: { type: String, required: true },
    patientId: { type: String, required: true },
    status: { type: String, required: true },
    start: { type: Number, required: true },
    since: { type: Number, required: true },
    dueAt: { type: Number, required: true },
    attempts: { type: Number, required: true },
    reason: String,
    lastAt: Number,
    awaitsOutcome: { type: Boolean, required: true },
    asked: anyShape,
    noted: { type: Number, required: true },
    remark: anyShape,
  },
  indexes: [
    { key: { tenantId: 1, connectionId: 1, status: 1, since: 1 } },
    { key: { tenantId: 1, connectionId: 1, 'remark.dueAt': 1 }, where: { 'remark.dueAt': { $gt: 0 } } },
  ],
});

@Injectable()
export class Exports extends TenantRepository<Export> {
  constructor(persistence: Persistence) {
    super(persistence, exportCollection);
  }
}
