import { addDays, dayStart, localDateOf, zoneId, type LocalDate, type ZoneId } from '../../kernel/index.js';
import { claimsOf, type ReasonRule } from '../engine/index.js';
import { pageId } from './page.repository.js';

const MINUTE_MS = 60_000;
const UTC = zoneId('UTC');

/** A visit at one place and time, as the book needs it. */
export interface Visit {
  tenantId: string;
  locationId: string;
  /** IANA zone of the location. */
  zone: string;
  providerId: string;
  operatoryId: string;
  /** Epoch ms. */
  start: number;
  rule: Pick<ReasonRule, 'durationMinutes' | 'pattern'>;
  /** The provider works in several locations, so the time is taken on the provider's own pages too. */
  providerRoams: boolean;
  /** Resources whose overlap is allowed: taken, but not guarded. */
  unguarded: ReadonlySet<string>;
}

/** What a visit takes on one page; minutes elapsed since the page's first instant. */
export interface PageClaim {
  pageId: string;
  placeId: string;
  date: LocalDate;
  entries: { resource: string; start: number; end: number; guarded: boolean }[];
}

/** The pages that a visit touches, in the fixed order in which all claims are made, so that two of them cannot deadlock. */
export function claimsOfVisit(visit: Visit): PageClaim[] {
  const claims = claimsOf(visit.rule, { providerId: visit.providerId, operatoryId: visit.operatoryId, start: 0 });
  const pages = new Map<string, PageClaim>();
  for (const { resource, start, end } of claims) {
    const span = {
      resource,
      from: visit.start + start * MINUTE_MS,
      to: visit.start + end * MINUTE_MS,
      guarded: !visit.unguarded.has(resource),
    };
    spread(pages, visit.tenantId, visit.locationId, zoneId(visit.zone), span);
    if (resource === visit.providerId && visit.providerRoams)
      spread(pages, visit.tenantId, visit.providerId, UTC, span);
  }
  return [...pages.values()].sort((a, b) => (a.pageId < b.pageId ? -1 : 1));
}

/** Cuts a span at the midnights that it crosses: each day has its own page. */
function spread(
  pages: Map<string, PageClaim>,
  tenantId: string,
  placeId: string,
  zone: ZoneId,
  span: { resource: string; from: number; to: number; guarded: boolean },
): void {
  for (let from = span.from; from < span.to;) {
    const date = localDateOf(zone, from);
    const begin = dayStart(zone, date);
    const to = Math.min(span.to, dayStart(zone, addDays(date, 1)));
    const id = pageId(tenantId, placeId, date);
    const page = pages.get(id) ?? { pageId: id, placeId, date, entries: [] };
    page.entries.push({
      resource: span.resource,
      start: (from - begin) / MINUTE_MS,
      end: (to - begin) / MINUTE_MS,
      guarded: span.guarded,
    });
    pages.set(id, page);
    from = to;
  }
}
