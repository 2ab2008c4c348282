import { Injectable } from '@nestjs/common';
import {
  defineCollection,
  Persistence,
  sealed,
  TenantRepository,
  type TenantDocument,
} from '../../persistence/index.js';

/** A document that a plugin keeps for one connection. */
export interface PluginRecord extends TenantDocument {
  /** `connectionId:key`. */
  _id: string;
  connectionId: string;
  key: string;
  /** May hold PHI. */
  value: unknown;
  rev: number;
}

export const pluginRecordCollection = defineCollection<PluginRecord>({
  name: 'plugin_records',
  owner: 'tenantId',
  fields: {
    connectionId: { type: String, required: true },
    key: { type: String, required: true },
    value: sealed,
    rev: { type: Number, required: true },
  },
  indexes: [{ key: { tenantId: 1, connectionId: 1, key: 1 }, unique: true }],
  sealed: ['value'],
});

@Injectable()
export class PluginRecords extends TenantRepository<PluginRecord> {
  constructor(persistence: Persistence) {
    super(persistence, pluginRecordCollection);
  }
}
