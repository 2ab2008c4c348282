import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Catalog } from '../../catalog/index.js';
import {
  addDays,
  CLOCK,
  daysBetween,
  derivedId,
  localDateOf,
  zoneId,
  type Clock,
  type TenantScope,
} from '../../kernel/index.js';
import type { Filter } from '../../persistence/index.js';
import { isReachable, Patients } from '../../patients/index.js';
import { Locations, Settings } from '../../tenants/index.js';
import { AppointmentRepository } from '../appointments/appointment.repository.js';
import type { Appointment } from '../appointments/appointment.schema.js';
import { MOVABLE } from '../appointments/lifecycle.js';
import { Availability } from '../availability/availability.service.js';
import type { Slot } from '../availability/query.js';
import { WaitlistEntries } from './entries.js';
import { OfferHolds } from './offer-holds.js';
import { WaitlistOffers } from './offers.js';
import { rank } from './ranking.js';
import { answerBy } from './time-limit.js';
import type { WaitlistEntry, WaitlistOffer } from './waitlist.schema.js';
import { fitOf } from './wishes.js';

/** Time further ahead than this is free for all without being offered. */
const MOST_DAYS = 31;

/** Time that got free. Instants are epoch ms. */
export interface Opening {
  id: string;
  locationId: string;
  /** Whose time it was; null: anybody's. */
  providerId: string | null;
  operatoryId: string | null;
  start: number;
  end: number;
  /** The patient who gave it up. */
  leftBy: string | null;
}

/** Somebody who waits, and the time that would suit. */
interface Match extends WaitlistEntry {
  fit: number;
  slot: Slot;
}

/** Asks the first in line who fits free time. */
@Injectable()
export class NextInLine {
  constructor(
    private readonly entries: WaitlistEntries,
    private readonly offers: WaitlistOffers,
    private readonly holds: OfferHolds,
    private readonly availability: Availability,
    private readonly catalog: Catalog,
    private readonly appointments: AppointmentRepository,
    private readonly patients: Patients,
    private readonly settings: Settings,
    private readonly locations: Locations,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** `made`: what was offered of this opening before; nobody is asked twice. Null: there is nobody, the time is free for all. */
  async ask(scope: TenantScope, opening: Opening, made: readonly WaitlistOffer[]): Promise<WaitlistOffer | null> {
    const offerId = offerIdOf(opening.id, made.length);
    // What a run that was cut off may have left.
    await this.holds.release(scope, offerId);
    const asked = new Set(made.map(({ entryId }) => entryId));
    for (const match of rank(await this.matches(scope, opening, asked), this.clock.now())) {
      const offer = await this.offer(scope, opening, offerId, match);
      if (offer) return offer;
    }
    return null;
  }

  private async offer(
    scope: TenantScope,
    { id: openingId }: Opening,
    offerId: string,
    { slot: found, ...entry }: Match,
  ): Promise<WaitlistOffer | null> {
    const { patientId, patientType } = entry;
    if (patientId === null) return null;
    const patient = await this.patients.get(scope, patientId);
    if (!isReachable(patient)) return null;
    const slot = await this.availability.offered(scope, found, { patientType, dateOfBirth: patient.dateOfBirth });
    const expiresAt = await this.answerBy(scope, found.start);
    if (!slot || expiresAt === null) return null;
    const asked = { ...entry, patientId };
    return this.offers.make(scope, { offerId, openingId, entry: asked, slot, way: 'message', expiresAt });
  }

  private async matches(scope: TenantScope, opening: Opening, asked: ReadonlySet<string>): Promise<Match[]> {
    const zone = zoneId((await this.locations.known(scope, opening.locationId)).zone);
    const now = this.clock.now();
    const from = localDateOf(zone, Math.max(now, opening.start));
    const to = [localDateOf(zone, opening.end - 1), addDays(from, MOST_DAYS - 1)].sort()[0] as string;
    const { reasonById } = await this.catalog.snapshot(scope);
    const waiting = (await this.entries.waitingFor(scope, opening.locationId, from, to)).filter(
      ({ _id, reasonId, patientId }) =>
        !asked.has(_id) && patientId !== opening.leftBy && reasonById.get(reasonId ?? '')?.active,
    );
    const visits = await this.visitsOf(scope, waiting);
    const known = new Map<string, Promise<Slot[]>>();
    const slotsFor = ({ reasonId, patientType }: WaitlistEntry): Promise<Slot[]> => {
      const key = `${reasonId} ${patientType}`;
      const query = { reasonIds: [reasonId as string], locationIds: [opening.locationId], patientType };
      const slots = known.get(key) ?? this.slots(scope, opening, { ...query, from, days: daysBetween(from, to) + 1 });
      known.set(key, slots);
      return slots;
    };
    const matches: Match[] = [];
    for (const entry of waiting) {
      const before = entry.appointmentId === null ? Infinity : (visits.get(entry.appointmentId) ?? -Infinity);
      const best = bestOf(entry, await slotsFor(entry), before, now);
      if (best) matches.push({ ...entry, ...best });
    }
    return matches;
  }

  /** What is offered to everybody now and stands in the opening's time. */
  private async slots(
    scope: TenantScope,
    opening: Opening,
    query: Parameters<Availability['slotsOf']>[1],
  ): Promise<Slot[]> {
    const { start, end, providerId, operatoryId } = opening;
    const isTheirs = (slot: Slot) =>
      (providerId === null && operatoryId === null) ||
      [slot.providerId, slot.assist?.providerId, slot.operatoryId].some(
        (one) => one !== undefined && (one === providerId || one === operatoryId),
      );
    const slots = await this.availability.slotsOf(scope, { ...query, anyProvider: false });
    return slots.filter((slot) => slot.start < end && slot.end > start && isTheirs(slot));
  }

  /** Starts of the later visits, of those that can still be moved. */
  private async visitsOf(scope: TenantScope, waiting: readonly WaitlistEntry[]): Promise<Map<string, number>> {
    const ids = waiting.flatMap(({ appointmentId }) => appointmentId ?? []);
    if (ids.length === 0) return new Map();
    const filter = { _id: { $in: ids }, status: { $in: MOVABLE } } as unknown as Filter<Appointment>;
    return new Map((await this.appointments.forTenant(scope).find(filter)).map(({ _id, start }) => [_id, start]));
  }

  private async answerBy(scope: TenantScope, start: number): Promise<number | null> {
    const { scheduling } = await this.settings.effective(scope);
    return answerBy(this.clock.now(), start, scheduling.waitlistOfferMinutes);
  }
}

/** The time that meets most of the wishes, of equal ones the earliest; before the visit that would be left. */
function bestOf(entry: WaitlistEntry, slots: readonly Slot[], before: number, now: number) {
  let best: { fit: number; slot: Slot } | null = null;
  for (const slot of slots) {
    const fit = slot.start < before ? fitOf(entry, slot, now) : null;
    if (fit !== null && (best === null || fit > best.fit)) best = { fit, slot };
  }
  return best;
}

/** The same for a run that is repeated, so that what it left behind is found. */
function offerIdOf(openingId: string, count: number): string {
  return derivedId('waitlistOffer', createHash('sha256').update(`${openingId}/${count}`).digest());
}
