import type { HoldRecord, Page } from './page.schema.js';

/** What `ownerId` holds on these pages and is not over. */
export function liveHolds(pages: readonly Pick<Page, 'holds'>[], ownerId: string, now: number): HoldRecord[] {
  return pages.flatMap(({ holds }) => holds).filter((hold) => hold.ownerId === ownerId && hold.expiresAt > now);
}
