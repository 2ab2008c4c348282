import { formatInstant } from '../../kernel/index.js';
import type { TenantDocument } from '../../persistence/index.js';

/** The public form of a document: `id`, instants as text, and no owner. */
export function viewOf<T extends TenantDocument, H extends keyof T = never>(document: T, ...hidden: H[]) {
  const { _id, tenantId: _, createdAt, updatedAt, ...rest } = document;
  for (const name of hidden) delete (rest as Partial<T>)[name];
  return {
    id: _id,
    ...(rest as Omit<T, '_id' | 'tenantId' | 'createdAt' | 'updatedAt' | H>),
    createdAt: formatInstant(createdAt),
    updatedAt: formatInstant(updatedAt),
  };
}
