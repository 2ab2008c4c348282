import type { PmsAppointment, PmsAppointmentStatus } from '@openchair/plugin-kit';
import { localDateOf } from '../../kernel/index.js';
import { claimsOfVisit, type PageClaim } from '../../scheduling/index.js';
import type { Site } from './site.js';

const MINUTE_MS = 60_000;
/** No visit is longer: its end is an error. */
export const LONGEST_MS = 24 * 60 * MINUTE_MS;
/** Stands for a person or room that the catalogue does not have. */
const NOBODY = '';

/** Where and when a visit is, in our ids. Instants are epoch ms on a minute. */
export interface VisitPlace {
  start: number;
  end: number;
  /** null: somebody whom the catalogue does not have. */
  providerId: string | null;
  operatoryId: string | null;
}

/** What the practice system says of a visit. */
export interface VisitFacts extends VisitPlace {
  foreignId: string;
  date: string;
  pattern: string | null;
  status: PmsAppointmentStatus;
  confirmed: boolean;
  /** On its ASAP list: the patient would come earlier. */
  asap: boolean;
  /** Epoch ms at the practice system. */
  changedAt: number;
}

/** A record of the practice system in our words; null when it takes no time at all, or cannot be a visit. */
export function factsOf(site: Site, record: PmsAppointment): VisitFacts | null {
  const start = Math.floor(record.start / MINUTE_MS) * MINUTE_MS;
  const end = Math.ceil(record.end / MINUTE_MS) * MINUTE_MS;
  if (!Number.isFinite(start) || !(end > start) || end - start > LONGEST_MS) return null;
  const fits = record.pattern !== undefined && record.pattern.length * 5 * MINUTE_MS === end - start;
  return {
    foreignId: record.foreignId,
    date: localDateOf(site.zone, start),
    start,
    end,
    providerId: site.providers.get(record.providerForeignId) ?? null,
    operatoryId: site.operatories.get(record.operatoryForeignId) ?? null,
    pattern: fits ? (record.pattern ?? null) : null,
    status: record.status,
    confirmed: record.confirmed,
    asap: record.asap ?? false,
    changedAt: record.updatedAt,
  };
}

/** The visit alone, of a record that says more. */
export function factsIn(row: VisitFacts): VisitFacts {
  const { foreignId, date, start, end, providerId, operatoryId, pattern, status, confirmed, asap, changedAt } = row;
  return { foreignId, date, start, end, providerId, operatoryId, pattern, status, confirmed, asap, changedAt };
}

/** Whether a visit takes up time. */
export function isLive({ status }: Pick<VisitFacts, 'status'>): boolean {
  return status !== 'cancelled' && status !== 'missed' && status !== 'deleted';
}

export function samePlace(one: VisitPlace, other: VisitPlace): boolean {
  return (
    one.start === other.start &&
    one.end === other.end &&
    one.providerId === other.providerId &&
    one.operatoryId === other.operatoryId
  );
}

/** What a visit takes in the book, whoever else has it. */
export function claimsOfFacts(site: Site, visit: VisitPlace & { pattern: string | null }): PageClaim[] {
  const claims = claimsOfVisit({
    tenantId: site.scope.tenantId,
    locationId: site.locationId,
    zone: site.zone,
    providerId: visit.providerId ?? NOBODY,
    operatoryId: visit.operatoryId ?? NOBODY,
    start: visit.start,
    rule: {
      durationMinutes: (visit.end - visit.start) / MINUTE_MS,
      ...(visit.pattern === null ? {} : { pattern: visit.pattern }),
    },
    assist: null,
    providerRoams: visit.providerId !== null && site.roaming.has(visit.providerId),
    unguarded: new Set(),
  });
  return claims
    .map((claim) => ({ ...claim, entries: claim.entries.filter(({ resource }) => resource !== NOBODY) }))
    .filter(({ entries }) => entries.length > 0);
}
