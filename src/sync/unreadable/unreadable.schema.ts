import { Injectable } from '@nestjs/common';
import { defineCollection, Persistence, TenantRepository, type TenantDocument } from '../../persistence/index.js';
import { LISTS } from '../lists/lists.js';

/** What the book is made of. */
export const BOOK_KINDS = ['providers', 'operatories', 'schedules', 'appointments'] as const;
export type BookKind = (typeof BOOK_KINDS)[number];

/** Records of which some may be unreadable: those of the book, and those of the lists beside it. */
export const READ_KINDS = [...BOOK_KINDS, ...LISTS] as const;
export type ReadKind = (typeof READ_KINDS)[number];

/** A record of the practice system that cannot be read. Ids and codes only. */
export interface Unreadable extends TenantDocument {
  /** `connectionId/kind/foreignId`; of records without an id, those with the same fault are one. */
  _id: string;
  connectionId: string;
  kind: ReadKind;
  foreignId: string | null;
  /** As the vendor calls it; `record`: the whole. */
  field: string;
  reason: string;
  /** Records that this stands for: several only where none has an id. */
  records: number;
  /** Epoch ms of the first and the last time that it was met. */
  since: number;
  seenAt: number;
}

const unreadableCollection = defineCollection<Unreadable>({
  name: 'sync_unreadable',
  owner: 'tenantId',
  fields: {
    connectionId: { type: String, required: true },
    kind: { type: String, required: true },
    foreignId: String,
    field: { type: String, required: true },
    reason: { type: String, required: true },
    records: { type: Number, required: true },
    since: { type: Number, required: true },
    seenAt: { type: Number, required: true },
  },
  indexes: [{ key: { tenantId: 1, connectionId: 1, kind: 1, _id: 1 } }],
});

@Injectable()
export class UnreadableRepository extends TenantRepository<Unreadable> {
  constructor(persistence: Persistence) {
    super(persistence, unreadableCollection);
  }
}
