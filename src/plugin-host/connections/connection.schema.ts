import type { PluginKind } from '@openchair/plugin-kit';
import { anyShape, defineCollection, sealed, type TenantDocument } from '../../persistence/index.js';

export type ConnectionStatus = 'unknown' | 'up' | 'down' | 'unauthorized';

/** What is known of the other side. Instants are epoch milliseconds. */
export interface ConnectionState {
  status: ConnectionStatus;
  /** Code of the failure; null when up or unknown. */
  reason: string | null;
  since: number;
  lastCheckedAt: number | null;
}

/** Of a connection that nobody has tried as it is now. */
export function untried(now: number): ConnectionState {
  return { status: 'unknown', reason: null, since: now, lastCheckedAt: null };
}

/** Where a connection comes from that a practice inherits from its agency. */
export interface Inherited {
  /** The agency's connection. */
  from: string;
  /** Its revision that this practice has learned of. */
  revision: number;
  /** Properties that this practice needs values of its own for. */
  perPractice: string[];
  /** The practice has switched it off for itself. */
  off: boolean;
}

/** A plugin configured for one practice, by itself or by its agency. */
export interface Connection extends TenantDocument {
  pluginId: string;
  kind: PluginKind;
  /** Only of notifications. */
  channel: 'email' | 'sms' | null;
  name: string;
  /** null: every location of the practice. */
  locationIds: string[] | null;
  /** Without the secrets. Of an inherited one the stored part is what holds for this practice alone; readers join the shared part. */
  config: Record<string, unknown>;
  secrets: Record<string, unknown>;
  active: boolean;
  /** The lowest number is asked first. */
  priority: number;
  /** Grows by one when anything that an adapter is made from changes: the adapters of older revisions are dropped. */
  revision: number;
  state: ConnectionState;
  /** Null or absent: the practice's own. */
  inherits?: Inherited | null;
}

export const connectionCollection = defineCollection<Connection>({
  name: 'connections',
  owner: 'tenantId',
  fields: {
    pluginId: { type: String, required: true },
    kind: { type: String, required: true },
    channel: String,
    name: { type: String, required: true },
    locationIds: { type: [String], default: undefined },
    config: anyShape,
    secrets: sealed,
    active: { type: Boolean, required: true },
    priority: { type: Number, required: true },
    revision: { type: Number, required: true },
    state: {
      status: { type: String, required: true },
      reason: String,
      since: { type: Number, required: true },
      lastCheckedAt: Number,
      _id: false,
    },
    inherits: {
      from: String,
      revision: Number,
      perPractice: { type: [String], default: undefined },
      off: Boolean,
      _id: false,
    },
  },
  indexes: [{ key: { tenantId: 1, kind: 1, priority: 1 } }, { key: { tenantId: 1, _id: 1 } }],
  sealed: ['secrets'],
});
