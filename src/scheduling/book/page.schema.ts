import { anyShape, defineCollection, type TenantDocument } from '../../persistence/index.js';

export type EntryKind = 'appointment' | 'hold' | 'block' | 'external';

/** What time is set apart for. */
export const BLOCK_TYPES = ['out_of_office', 'break', 'meeting', 'holiday', 'maintenance', 'other'] as const;
export type BlockType = (typeof BLOCK_TYPES)[number];

/** Time taken on one resource. Minutes elapsed since the page's first instant, half-open. */
export interface Entry {
  /** A provider's or an operatory's id; of a block also the location's, which then closes it whole. */
  resource: string;
  start: number;
  end: number;
  kind: EntryKind;
  /** What took it: an appointment, a hold, a block, or the PMS's record. */
  ref: string;
  /** Epoch ms; a hold is over from then on, swept or not. */
  expiresAt?: number;
  /** Of a visit booked here. */
  reasonId?: string;
  /** The resource only comes in for a part of another provider's visit. */
  assists?: boolean;
  /** Of a block: what for, and the reasons whose visits may lie in it all the same. */
  block?: { type: BlockType; reasonIds: string[] };
}

/** What a hold is about; stands on the first of its pages. Instants are epoch ms. */
export interface HoldRecord {
  id: string;
  /** Who may turn it into an appointment: a widget session or a member's credential. */
  ownerId: string;
  reasonId: string;
  providerId: string;
  operatoryId: string;
  locationId: string;
  date: string;
  start: number;
  end: number;
  /** Epoch ms; null when the visit needs no second provider. */
  assist: { providerId: string; start: number; end: number } | null;
  patientType: 'new' | 'returning' | null;
  expiresAt: number;
  extended: boolean;
  /** Of visits that are held together: the group hold's id, which of its visits this is, and how many it has. */
  group?: { id: string; place: number; size: number };
}

/** Hours that the PMS gives a provider, in one operatory or (null) in any of the provider's. */
export interface PageHours {
  providerId: string;
  operatoryId: string | null;
  start: number;
  end: number;
}

/** Time that the PMS sets aside on a resource for visits of one type. */
export interface PageBlockout {
  resource: string;
  start: number;
  end: number;
  type: string;
}

/** One location-day of the appointment book, or one UTC day of a provider who works in several locations (§5). */
export interface Page extends TenantDocument {
  /** `tenantId:locationId:date`, or `tenantId:providerId:date` of a UTC day. */
  _id: string;
  /** The location or the provider. */
  placeId: string;
  date: string;
  entries: Entry[];
  holds: HoldRecord[];
  /** null until the PMS has told the hours of this day. */
  hours: PageHours[] | null;
  blockouts: PageBlockout[];
}

const entryFields = {
  resource: String,
  start: Number,
  end: Number,
  kind: String,
  ref: String,
  expiresAt: Number,
  reasonId: String,
  assists: Boolean,
  block: anyShape,
  _id: false,
};

export const pageCollection = defineCollection<Page>({
  name: 'pages',
  owner: 'tenantId',
  fields: {
    placeId: { type: String, required: true },
    date: { type: String, required: true },
    entries: [entryFields],
    holds: [
      {
        id: String,
        ownerId: String,
        reasonId: String,
        providerId: String,
        operatoryId: String,
        locationId: String,
        date: String,
        start: Number,
        end: Number,
        assist: anyShape,
        patientType: String,
        expiresAt: Number,
        extended: Boolean,
        group: anyShape,
        _id: false,
      },
    ],
    hours: anyShape,
    blockouts: anyShape,
  },
  indexes: [
    { key: { tenantId: 1, 'holds.id': 1 } },
    { key: { tenantId: 1, 'holds.ownerId': 1 } },
    { key: { tenantId: 1, placeId: 1, date: 1 } },
    // Readers ask what has changed since they asked last.
    { key: { tenantId: 1, placeId: 1, updatedAt: 1 } },
  ],
});
