import { Injectable } from '@nestjs/common';
import {
  anyShape,
  defineCollection,
  Persistence,
  TenantRepository,
  type TenantDocument,
} from '../../persistence/index.js';
import type { Trouble } from '../state/sync-state.schema.js';
import type { List } from './lists.js';

/** How the reading of one list stands. Each has a row of its own: hints and readings of others do not touch it. */
export interface ListState extends TenantDocument {
  /** `connectionId/list`. */
  _id: string;
  connectionId: string;
  list: List;
  /** How often somebody wished it read, and how many of these wishes the last reading knew of. */
  asked: number;
  served: number;
  /** A wish is not fulfilled before, epoch ms. */
  soonest: number;
  /** The last reading that came to its end, epoch ms, and what the list held then. */
  readAt: number | null;
  records: number;
  /** Records that could not be read then: what was known of them stands. */
  unreadable: number;
  /** Grows with each reading. */
  round: number;
  /** A reading in parts that is under way: its begin, epoch ms, and the first local day that is still to be read. */
  part: { began: number; next: string; asked: number } | null;
  trouble: Trouble | null;
}

export function listStateId(connectionId: string, list: List): string {
  return `${connectionId}/${list}`;
}

const listStateCollection = defineCollection<ListState>({
  name: 'pms_list_states',
  owner: 'tenantId',
  fields: {
    connectionId: { type: String, required: true },
    list: { type: String, required: true },
    asked: { type: Number, required: true },
    served: { type: Number, required: true },
    soonest: { type: Number, required: true },
    readAt: Number,
    records: { type: Number, required: true },
    unreadable: { type: Number, required: true },
    round: { type: Number, required: true },
    part: anyShape,
    trouble: anyShape,
  },
  indexes: [{ key: { tenantId: 1, connectionId: 1 } }],
});

@Injectable()
export class ListStates extends TenantRepository<ListState> {
  constructor(persistence: Persistence) {
    super(persistence, listStateCollection);
  }
}
