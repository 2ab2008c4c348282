import { defineCollection } from '../../persistence/index.js';
import { foreignIndex, importedFields, itemFields, itemIndexes, type ImportedItem } from '../shared/item.js';

/** A chair or room. */
export interface Operatory extends ImportedItem {
  name: string;
  shortName: string | null;
  locationId: string;
  /** Meant for hygiene visits. */
  hygiene: boolean;
}

export const operatoryCollection = defineCollection<Operatory>({
  name: 'operatories',
  owner: 'tenantId',
  fields: {
    ...itemFields,
    ...importedFields,
    name: { type: String, required: true },
    shortName: String,
    locationId: { type: String, required: true },
    hygiene: { type: Boolean, required: true },
  },
  indexes: [...itemIndexes, foreignIndex],
});
