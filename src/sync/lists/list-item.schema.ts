import { Injectable } from '@nestjs/common';
import { defineCollection, Persistence, TenantRepository, type TenantDocument } from '../../persistence/index.js';
import type { SetUpList } from './lists.js';

/** A carrier, appointment type or procedure code as the practice system lists it. What a list does not know is null. */
export interface ListItem extends TenantDocument {
  connectionId: string;
  list: SetUpList;
  foreignId: string;
  name: string;
  /** Of a procedure: as staff know it, `D1110`. */
  code: string | null;
  /** Of a carrier: the number under which claims reach it. */
  payerId: string | null;
  /** Of an appointment type. */
  minutes: number | null;
  pattern: string | null;
  /** `#rrggbb`. */
  colour: string | null;
  procedureCodes: string[];
  active: boolean;
  /** By which the list is sorted. */
  sortKey: string;
  /** In which words are looked for. */
  words: string;
  /** The last reading of the list that had it. */
  round: number;
}

const listItemCollection = defineCollection<ListItem>({
  name: 'pms_list_items',
  owner: 'tenantId',
  fields: {
    connectionId: { type: String, required: true },
    list: { type: String, required: true },
    foreignId: { type: String, required: true },
    name: { type: String, required: true },
    code: String,
    payerId: String,
    minutes: Number,
    pattern: String,
    colour: String,
    procedureCodes: [String],
    active: { type: Boolean, required: true },
    sortKey: { type: String, required: true },
    words: { type: String, required: true },
    round: { type: Number, required: true },
  },
  indexes: [
    { key: { tenantId: 1, connectionId: 1, list: 1, sortKey: 1, _id: 1 } },
    { key: { tenantId: 1, connectionId: 1, list: 1, code: 1 }, where: { code: { $type: 'string' } } },
  ],
});

@Injectable()
export class ListItems extends TenantRepository<ListItem> {
  constructor(persistence: Persistence) {
    super(persistence, listItemCollection);
  }
}
