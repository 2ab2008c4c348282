import { Injectable } from '@nestjs/common';
import {
  anyShape,
  defineCollection,
  Persistence,
  SharedRepository,
  type AgencyDocument,
} from '../../persistence/index.js';
import type { SettingsPatch } from '../settings/practice-settings.js';

/** The tenant: one business, one set of patients. Its `_id` is `tenantId` everywhere. */
export interface Practice extends AgencyDocument {
  name: string;
  /** Epoch ms since when the widget is open; null: the set-up is not complete. */
  liveAt: number | null;
  /** Epoch ms since when its agency has switched it off; null or absent: it is active. */
  deactivatedAt?: number | null;
  settings: SettingsPatch;
}

const practiceCollection = defineCollection<Practice>({
  name: 'practices',
  owner: 'agencyId',
  tenantField: '_id',
  fields: { name: { type: String, required: true }, liveAt: Number, deactivatedAt: Number, settings: anyShape },
  indexes: [{ key: { agencyId: 1, _id: 1 } }],
});

@Injectable()
export class PracticeRepository extends SharedRepository<Practice> {
  constructor(persistence: Persistence) {
    super(persistence, practiceCollection);
  }
}
