import { Injectable } from '@nestjs/common';
import {
  anyShape,
  defineCollection,
  Persistence,
  PlatformRepository,
  TenantRepository,
  type BaseDocument,
  type TenantDocument,
} from '../../persistence/index.js';

/** The tz database whose rules the stored instants follow. There is one. */
export interface ZoneRulesState extends BaseDocument {
  /** Release of the tz database, such as `2026f`. */
  release: string;
  /** The release before. */
  previous: string | null;
  /** Digest of each zone's rules. */
  digests: Record<string, string>;
  /** Zones whose rules differ from the release before; null: nobody knows. */
  changed: string[] | null;
}

/** What a new tz database did to one practice. */
export interface ZoneChange extends TenantDocument {
  /** Releases of the tz database; `from` null: it was not kept. */
  from: string | null;
  to: string;
  /** Zones of the practice's locations with other rules. */
  zones: string[];
  startedAt: number;
  /** Epoch ms; null while it goes on. */
  finishedAt: number | null;
  /** Appointments whose instant changed. */
  moved: number;
  /** Of these: whose wall time does not exist any more. */
  inGap: number;
  /** Of these: who now stand where somebody else does. */
  overlapping: number;
}

/** An appointment whose instant changed. Instants are epoch ms. */
export interface ZoneMove extends TenantDocument {
  zoneChangeId: string;
  appointmentId: string;
  zone: string;
  /** The wall time that was agreed, and the one that it has now: another one only when the first does not exist. */
  local: string;
  localAfter: string;
  before: number;
  after: number;
  inGap: boolean;
  /** Appointments, blocks and records of the practice system that stand at that time too. */
  overlaps: string[];
}

const required = { type: String, required: true };
const number = { type: Number, required: true };

@Injectable()
export class ZoneRulesStates extends PlatformRepository<ZoneRulesState> {
  constructor(persistence: Persistence) {
    super(
      persistence,
      defineCollection<ZoneRulesState>({
        name: 'zone_rules',
        owner: null,
        fields: { release: required, previous: String, digests: anyShape, changed: anyShape },
      }),
    );
  }
}

@Injectable()
export class ZoneChanges extends TenantRepository<ZoneChange> {
  constructor(persistence: Persistence) {
    super(
      persistence,
      defineCollection<ZoneChange>({
        name: 'zone_changes',
        owner: 'tenantId',
        fields: {
          from: String,
          to: required,
          zones: [String],
          startedAt: number,
          finishedAt: Number,
          moved: number,
          inGap: number,
          overlapping: number,
        },
        indexes: [{ key: { tenantId: 1, startedAt: 1 } }],
      }),
    );
  }
}

@Injectable()
export class ZoneMoves extends TenantRepository<ZoneMove> {
  constructor(persistence: Persistence) {
    super(
      persistence,
      defineCollection<ZoneMove>({
        name: 'zone_moves',
        owner: 'tenantId',
        fields: {
          zoneChangeId: required,
          appointmentId: required,
          zone: required,
          local: required,
          localAfter: required,
          before: number,
          after: number,
          inGap: { type: Boolean, required: true },
          overlaps: [String],
        },
        indexes: [{ key: { tenantId: 1, zoneChangeId: 1, after: 1 } }],
      }),
    );
  }
}
