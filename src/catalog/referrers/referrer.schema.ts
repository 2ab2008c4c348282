import { defineCollection } from '../../persistence/index.js';
import { itemFields, itemIndexes, type CatalogItem } from '../shared/item.js';

/** One answer to "How did you hear about us?". */
export interface Referrer extends CatalogItem {
  label: string;
}

export const referrerCollection = defineCollection<Referrer>({
  name: 'referrers',
  owner: 'tenantId',
  fields: { ...itemFields, label: { type: String, required: true } },
  indexes: itemIndexes,
});
