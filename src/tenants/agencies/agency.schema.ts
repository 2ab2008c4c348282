import { Injectable } from '@nestjs/common';
import {
  anyShape,
  defineCollection,
  Persistence,
  PlatformRepository,
  type BaseDocument,
} from '../../persistence/index.js';
import type { SettingsPatch } from '../settings/practice-settings.js';

/** A reseller that white-labels the platform for its practices. */
export interface Agency extends BaseDocument {
  name: string;
  /** Epoch ms since when the platform has suspended it; null or absent: it is active. */
  suspendedAt?: number | null;
  /** What the agency sets for all its practices. */
  settings: SettingsPatch;
}

const agencyCollection = defineCollection<Agency>({
  name: 'agencies',
  owner: null,
  fields: { name: { type: String, required: true }, suspendedAt: Number, settings: anyShape },
});

@Injectable()
export class AgencyRepository extends PlatformRepository<Agency> {
  constructor(persistence: Persistence) {
    super(persistence, agencyCollection);
  }
}
