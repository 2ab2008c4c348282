import { Injectable } from '@nestjs/common';
import type { PluginKind } from '@openchair/plugin-kit';
import {
  AgencyRepository,
  anyShape,
  defineCollection,
  Persistence,
  sealed,
  type AgencyDocument,
} from '../../persistence/index.js';

/** A plugin that an agency has configured for its practices. Each of them has a connection of its own that inherits it. */
export interface AgencyConnection extends AgencyDocument {
  pluginId: string;
  kind: PluginKind;
  /** Only of notifications. */
  channel: 'email' | 'sms' | null;
  name: string;
  /** null: every practice of the agency, also those that are still to come. */
  practiceIds: string[] | null;
  /** Properties of the configuration that are given for each practice. */
  perPractice: string[];
  /** What all practices share, without the secrets. */
  config: Record<string, unknown>;
  /** Sealed with the agency's own key. */
  secrets: Record<string, unknown>;
  active: boolean;
  /** Among the connections of a practice, as with its own ones. */
  priority: number;
  /** Grows by one with each change: it tells the practices' connections that they are out of date. */
  revision: number;
}

const agencyConnectionCollection = defineCollection<AgencyConnection>({
  name: 'agency_connections',
  owner: 'agencyId',
  fields: {
    pluginId: { type: String, required: true },
    kind: { type: String, required: true },
    channel: String,
    name: { type: String, required: true },
    practiceIds: { type: [String], default: undefined },
    perPractice: { type: [String], required: true },
    config: anyShape,
    secrets: sealed,
    active: { type: Boolean, required: true },
    priority: { type: Number, required: true },
    revision: { type: Number, required: true },
  },
  indexes: [{ key: { agencyId: 1, _id: 1 } }],
  sealed: ['secrets'],
});

@Injectable()
export class AgencyConnectionRepository extends AgencyRepository<AgencyConnection> {
  constructor(persistence: Persistence) {
    super(persistence, agencyConnectionCollection);
  }
}

/** Whether a practice inherits a connection of its agency. */
export function isFor({ practiceIds }: Pick<AgencyConnection, 'practiceIds'>, tenantId: string): boolean {
  return practiceIds == null || practiceIds.includes(tenantId);
}
