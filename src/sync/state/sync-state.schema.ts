import { Injectable } from '@nestjs/common';
import type { PmsRead } from '@openchair/plugin-kit';
import {
  anyShape,
  defineCollection,
  Persistence,
  TenantRepository,
  type TenantDocument,
} from '../../persistence/index.js';

/** How far the first import has come. Instants are epoch ms; dates are local. */
export interface ImportProgress {
  from: string;
  to: string;
  /** The first day that is not imported yet. */
  next: string;
  /** Nothing was known before it began. */
  blank: boolean;
  records: number;
  startedAt: number;
  finishedAt: number | null;
}

/** The last pull of one kind of record that worked. */
export interface KindState {
  /** Epoch ms when it began. */
  at: number;
  records: number;
}

/** A row of failures that has not ended yet. */
export interface Trouble {
  reason: string;
  since: number;
  /** Since when it has been this reason. */
  reasonSince: number;
  count: number;
  /** Not tried again before. */
  until: number;
}

/** What people may ask for before its time. */
export type Wish = 'providers' | 'schedules' | 'reconcile';

/** How the sync with one practice system stands. */
export interface SyncState extends TenantDocument {
  /** The connection's id. */
  _id: string;
  locationId: string;
  phase: 'importing' | 'live';
  /** Nothing is read or written while it is set. */
  pausedAt: number | null;
  progress: ImportProgress;
  /** Changes up to this instant (the practice system's clock) are here. */
  asOf: number | null;
  /** How far the practice system's clock was ahead of ours at its last answer, in ms; null until it has told. */
  clockSkewMs: number | null;
  kinds: Partial<Record<PmsRead, KindState>>;
  /** Epoch ms of the last wish for each. */
  wished?: Partial<Record<Wish, number>>;
  reading: Trouble | null;
  writing: Trouble | null;
  /** When the last comparison of both sides began. */
  reconciledAt: number | null;
  /** Since when the alert "not connected" stands. */
  alertedAt: number | null;
  /** Since when the alert "some records cannot be read" stands. */
  unreadableAt: number | null;
}

const stateCollection = defineCollection<SyncState>({
  name: 'sync_states',
  owner: 'tenantId',
  fields: {
    locationId: { type: String, required: true },
    phase: { type: String, required: true },
    pausedAt: Number,
    progress: anyShape,
    asOf: Number,
    clockSkewMs: Number,
    kinds: anyShape,
    wished: anyShape,
    reading: anyShape,
    writing: anyShape,
    reconciledAt: Number,
    alertedAt: Number,
    unreadableAt: Number,
  },
  indexes: [{ key: { tenantId: 1, _id: 1 } }],
});

@Injectable()
export class SyncStates extends TenantRepository<SyncState> {
  constructor(persistence: Persistence) {
    super(persistence, stateCollection);
  }
}
