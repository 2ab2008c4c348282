import { Injectable } from '@nestjs/common';
import {
  defineCollection,
  Persistence,
  sealed,
  TenantRepository,
  type TenantDocument,
} from '../../persistence/index.js';
import type { BlockType } from '../book/page.schema.js';

/** Time that a practice sets apart, in wall time of a location. Its entries on the pages are made from this. */
export interface Block extends TenantDocument {
  /** Whose clock counts; with neither providers nor operatories it is closed whole. */
  locationId: string;
  providerIds: string[];
  operatoryIds: string[];
  type: BlockType;
  /** Only staff see it. PHI for all we know. */
  note: string | null;
  /** Reasons whose visits may be booked into it. */
  reasonIds: string[];
  /** `YYYY-MM-DD`, both included. */
  startDate: string;
  endDate: string;
  /** `HH:mm`; null: from the first minute of the first day, to the end of the last one. */
  startTime: string | null;
  endTime: string | null;
  /** On each of these days of the week (0 is Sunday) from `startTime` to `endTime`; null: one stretch of time. */
  weekdays: number[] | null;
  /** Epoch ms: its first minute, and the end of its last. */
  start: number;
  end: number;
  /** The pages that carry its entries. */
  pageIds: string[];
}

const required = { type: String, required: true };

const blockCollection = defineCollection<Block>({
  name: 'blocks',
  owner: 'tenantId',
  fields: {
    locationId: required,
    providerIds: [String],
    operatoryIds: [String],
    type: required,
    note: sealed,
    reasonIds: [String],
    startDate: required,
    endDate: required,
    startTime: String,
    endTime: String,
    weekdays: { type: [Number], default: undefined },
    start: { type: Number, required: true },
    end: { type: Number, required: true },
    pageIds: [String],
  },
  sealed: ['note'],
  indexes: [
    { key: { tenantId: 1, start: 1 } },
    { key: { tenantId: 1, locationId: 1, start: 1 } },
    { key: { tenantId: 1, providerIds: 1, start: 1 } },
  ],
});

@Injectable()
export class BlockRepository extends TenantRepository<Block> {
  constructor(persistence: Persistence) {
    super(persistence, blockCollection);
  }
}
