import type { TenantDocument } from '../../persistence/index.js';

/** What the five resources of the catalogue have in common. */
export interface CatalogItem extends TenantDocument {
  /** Hidden from patients when false; nothing is deleted. */
  active: boolean;
  /** Place in lists, smallest first. */
  order: number;
}

/** The record of the practice system that an item stands for. Written by the import alone. */
export interface ForeignRef {
  connectionId: string;
  foreignId: string;
}

/** An item that a practice system may own. */
export interface ImportedItem extends CatalogItem {
  foreign: ForeignRef | null;
  /** Its name over there. */
  pmsName: string | null;
  /** Fields that staff changed here: the import leaves them alone. */
  staffEdited: string[];
}

/** The part of an item that use cases fill in. */
export type Draft<T extends CatalogItem> = Omit<T, '_id' | 'tenantId' | 'createdAt' | 'updatedAt' | 'version'>;

/** mongoose's description of the common fields. */
export const itemFields = {
  active: { type: Boolean, required: true },
  order: { type: Number, required: true },
};

export const importedFields = {
  foreign: { type: { connectionId: String, foreignId: String, _id: false }, default: null },
  pmsName: String,
  staffEdited: [String],
};

/** All reads are of one practice's few items, in their order. */
export const itemIndexes = [{ key: { tenantId: 1 as const, order: 1 as const, _id: 1 as const } }];

/** One record over there is one item here. */
export const foreignIndex = {
  key: { tenantId: 1 as const, 'foreign.connectionId': 1 as const, 'foreign.foreignId': 1 as const },
  unique: true,
  where: { 'foreign.foreignId': { $exists: true } },
};

/** The fields of an imported item that staff have changed, this change included. */
export function staffEdits<T extends ImportedItem>(
  before: T | null,
  given: { [K in keyof T]?: T[K] | undefined },
): string[] {
  if (!before?.foreign) return before?.staffEdited ?? [];
  const changed = Object.entries(given)
    .filter(([name, value]) => value !== undefined && JSON.stringify(value) !== JSON.stringify(before[name as keyof T]))
    .map(([name]) => name);
  return [...new Set([...before.staffEdited, ...changed])].sort();
}
