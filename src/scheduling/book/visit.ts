import { addDays, dayStart, localDateOf, zoneId, type LocalDate, type ZoneId } from '../../kernel/index.js';
import { claimsOf, type VisitShape } from '../engine/index.js';
import { pageId } from './page.repository.js';

const MINUTE_MS = 60_000;
const UTC = zoneId('UTC');

/** The minutes of a visit in which a second provider comes in; epoch ms. */
export interface VisitAssist {
  providerId: string;
  start: number;
  end: number;
  /** As `providerRoams`, of the second provider. */
  roams: boolean;
}

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
  rule: VisitShape;
  assist: VisitAssist | null;
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
  entries: { resource: string; start: number; end: number; guarded: boolean; assists?: true }[];
}

/** The pages that a visit touches, in the fixed order in which all claims are made, so that two of them cannot deadlock. */
export function claimsOfVisit(visit: Visit): PageClaim[] {
  const { rule, providerId, operatoryId, assist } = visit;
  const since = (instant: number): number => (instant - visit.start) / MINUTE_MS;
  const claims = claimsOf(rule, {
    providerId,
    operatoryId,
    start: 0,
    ...(assist
      ? { assist: { providerId: assist.providerId, start: since(assist.start), end: since(assist.end) } }
      : {}),
  });
  const roaming = [...(visit.providerRoams ? [providerId] : []), ...(assist?.roams ? [assist.providerId] : [])];
  const spans = claims.map(({ resource, start, end, assists }) => ({
    resource,
    ...(assists ? { assists } : {}),
    from: visit.start + start * MINUTE_MS,
    to: visit.start + end * MINUTE_MS,
    guarded: !visit.unguarded.has(resource),
  }));
  const place = { locationId: visit.locationId, zone: zoneId(visit.zone) };
  return claimsOfSpans(visit.tenantId, place, spans, (resource) => roaming.includes(resource));
}

/** Time on a resource. Epoch ms, half-open. */
export interface Span {
  resource: string;
  from: number;
  to: number;
  guarded: boolean;
  assists?: true;
}

/** The pages that time at a location touches, in the fixed order; `roams`: the resource has pages of its own too. */
export function claimsOfSpans(
  tenantId: string,
  { locationId, zone }: { locationId: string; zone: ZoneId },
  spans: readonly Span[],
  roams: (resource: string) => boolean,
): PageClaim[] {
  const pages = new Map<string, PageClaim>();
  for (const span of spans) {
    spread(pages, tenantId, locationId, zone, span);
    if (roams(span.resource)) spread(pages, tenantId, span.resource, UTC, span);
  }
  return [...pages.values()].sort((a, b) => (a.pageId < b.pageId ? -1 : 1));
}

/** Cuts a span at the midnights that it crosses: each day has its own page. */
function spread(
  pages: Map<string, PageClaim>,
  tenantId: string,
  placeId: string,
  zone: ZoneId,
  { from: begins, to: ends, ...taken }: Span,
): void {
  for (let from = begins; from < ends;) {
    const date = localDateOf(zone, from);
    const begin = dayStart(zone, date);
    const to = Math.min(ends, dayStart(zone, addDays(date, 1)));
    const id = pageId(tenantId, placeId, date);
    const page = pages.get(id) ?? { pageId: id, placeId, date, entries: [] };
    page.entries.push({ ...taken, start: (from - begin) / MINUTE_MS, end: (to - begin) / MINUTE_MS });
    pages.set(id, page);
    from = to;
  }
}
