import { anyShape, defineCollection } from '../../persistence/index.js';
import { itemFields, itemIndexes, type CatalogItem, type ForeignRef } from '../shared/item.js';

export const CARRIER_STATUSES = ['accepted', 'out_of_network'] as const;
export type CarrierStatus = (typeof CARRIER_STATUSES)[number];

/** An insurance company as this practice sees it. A match of names, not an eligibility check. */
export interface Carrier extends CatalogItem {
  name: string;
  /** Its payer id in claims, e.g. `60054`. */
  payerId: string | null;
  status: CarrierStatus;
  /** Other names that patients type. */
  aliases: string[];
  /** The records of practice systems that it stands for. */
  foreign: ForeignRef[];
}

export const carrierCollection = defineCollection<Carrier>({
  name: 'carriers',
  owner: 'tenantId',
  fields: {
    ...itemFields,
    name: { type: String, required: true },
    payerId: String,
    status: { type: String, required: true },
    aliases: [String],
    foreign: anyShape,
  },
  indexes: itemIndexes,
});
