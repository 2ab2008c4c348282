import type { Page } from '../book/page.schema.js';
import type { PageClaim } from '../book/visit.js';

/** Whether `ref` has on the pages what it claims: minutes of a day lie elsewhere when the day begins at another instant. */
export function stands(pages: ReadonlyMap<string, Page>, claims: readonly PageClaim[], ref: string): boolean {
  return claims.every(({ pageId, entries }) => {
    const own = pages.get(pageId)?.entries.filter((entry) => entry.ref === ref) ?? [];
    return (
      own.length === entries.length &&
      entries.every((one) =>
        own.some(({ resource, start, end }) => resource === one.resource && start === one.start && end === one.end),
      )
    );
  });
}
