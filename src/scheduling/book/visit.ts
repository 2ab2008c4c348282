import { addDays, dayStart, localDateOf, zoneId, type LocalDate } from '../../kernel/index.js';
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
  const claims = claimsOf(
    { ...visit.rule, stepMinutes: 5, blockoutTypes: [] },
    { providerId: visit.providerId, operatoryId: visit.operatoryId, start: 0, end: durationOf(visit.rule) },
  );
  const pages = new Map<string, PageClaim>();
  const zone = zoneId(visit.zone);
  for (const { resource, start, end } of claims) {
    const span = {
      resource,
      from: visit.start + start * MINUTE_MS,
      to: visit.start + end * MINUTE_MS,
      guarded: !visit.unguarded.has(resource),
    };
    spread(
      pages,
      visit.tenantId,
      visit.locationId,
      span,
      (instant) => localDateOf(zone, instant),
      (date) => dayStart(zone, date),
    );
    if (resource === visit.providerId && visit.providerRoams) {
      spread(
        pages,
        visit.tenantId,
        visit.providerId,
        span,
        (instant) => localDateOf(UTC, instant),
        (date) => dayStart(UTC, date),
      );
    }
  }
  return [...pages.values()].sort((a, b) => (a.pageId < b.pageId ? -1 : 1));
}

/** Minutes of a visit; a pattern overrules the duration. */
export function durationOf(rule: Pick<ReasonRule, 'durationMinutes' | 'pattern'>): number {
  return rule.pattern === undefined ? rule.durationMinutes : rule.pattern.length * 5;
}

/** Cuts a span at the midnights that it crosses: each day has its own page. */
function spread(
  pages: Map<string, PageClaim>,
  tenantId: string,
  placeId: string,
  span: { resource: string; from: number; to: number; guarded: boolean },
  dateAt: (instant: number) => LocalDate,
  startOf: (date: LocalDate) => number,
): void {
  for (let from = span.from; from < span.to;) {
    const date = dateAt(from);
    const begin = startOf(date);
    const to = Math.min(span.to, startOf(addDays(date, 1)));
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
