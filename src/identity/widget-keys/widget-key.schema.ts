import { Injectable } from '@nestjs/common';
import {
  anyShape,
  defineCollection,
  Persistence,
  TenantRepository,
  type TenantDocument,
} from '../../persistence/index.js';

/** A publishable key: it stands in the practice's page for all to see, so it only opens sessions from the named origins. */
export interface WidgetKey extends TenantDocument {
  name: string;
  key: string;
  origins: string[];
  /** Programs that send no Origin (a test, a kiosk) may open sessions too. */
  allowServerSide: boolean;
  active: boolean;
}

const widgetKeyCollection = defineCollection<WidgetKey>({
  name: 'widget_keys',
  owner: 'tenantId',
  fields: {
    name: { type: String, required: true },
    key: { type: String, required: true },
    origins: [String],
    allowServerSide: { type: Boolean, required: true },
    active: { type: Boolean, required: true },
  },
  indexes: [{ key: { key: 1 }, unique: true, acrossTenants: true }, { key: { tenantId: 1, _id: 1 } }],
});

@Injectable()
export class WidgetKeyRepository extends TenantRepository<WidgetKey> {
  constructor(persistence: Persistence) {
    super(persistence, widgetKeyCollection);
  }
}

/** One visit of a practice's site: where it came from, until it ends. No patient's data. */
export interface WidgetSession extends TenantDocument {
  widgetKeyId: string;
  origin: string | null;
  page: string | null;
  referrer: string | null;
  utm: Record<string, string>;
  expireAt: Date;
}

const widgetSessionCollection = defineCollection<WidgetSession>({
  name: 'widget_sessions',
  owner: 'tenantId',
  fields: {
    widgetKeyId: { type: String, required: true },
    origin: String,
    page: String,
    referrer: String,
    utm: anyShape,
    expireAt: { type: Date, required: true },
  },
  indexes: [{ key: { expireAt: 1 }, expireAfterSeconds: 0, acrossTenants: true }],
});

@Injectable()
export class WidgetSessionRepository extends TenantRepository<WidgetSession> {
  constructor(persistence: Persistence) {
    super(persistence, widgetSessionCollection);
  }
}
