import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, invalid, newId, notFound, Problem, type Clock, type TenantScope } from '../../kernel/index.js';
import { isReachable, Patients } from '../../patients/index.js';
import type { Tx } from '../../persistence/index.js';
import { Settings } from '../../tenants/index.js';
import { Appointments } from '../appointments/appointments.service.js';
import { assertAllowed } from '../appointments/lifecycle.js';
import { Availability } from '../availability/availability.service.js';
import type { SlotRef } from '../availability/slot-id.js';
import type { HoldRecord } from '../book/page.schema.js';
import { isInLine, over, WaitlistEntries, type Wanted } from './entries.js';
import { OfferHolds } from './offer-holds.js';
import { WaitlistOffers, type Proposal } from './offers.js';
import { answerBy } from './time-limit.js';
import type { OfferWay, WaitlistEntry, WaitlistOffer } from './waitlist.schema.js';

const MINUTE_MS = 60_000;

/** A time that is held for a patient, before the offer is written. */
export interface HeldProposal extends Proposal {
  hold: HoldRecord;
}

/** What staff do at the waitlist beyond reading it. */
@Injectable()
export class WaitlistDesk {
  constructor(
    private readonly entries: WaitlistEntries,
    private readonly offers: WaitlistOffers,
    private readonly holds: OfferHolds,
    private readonly availability: Availability,
    private readonly appointments: Appointments,
    private readonly patients: Patients,
    private readonly settings: Settings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** 400 with a pointer for a patient, or a visit of theirs, that does not exist here. */
  async join(scope: TenantScope, tx: Tx, wanted: Wanted & { patientId: string }): Promise<WaitlistEntry> {
    const { patientId, appointmentId, reasonId } = wanted;
    await this.patients.get(scope, patientId, tx).catch(unknown('/patientId', 'patient'));
    if (appointmentId != null) {
      const visit = await this.appointments
        .get(scope, appointmentId, tx)
        .catch(unknown('/appointmentId', 'appointment'));
      if (visit.patientId !== patientId || visit.reasonId !== reasonId)
        throw invalid('/appointmentId', 'mismatch', 'The visit is one of the same patient, for the same reason.');
      assertAllowed(visit.status, 'reschedule');
    }
    return this.entries.join(scope, tx, 'staff', wanted);
  }

  /**
   * Holds a free time for somebody who waits, whatever their wishes and the notice: staff know. `slot_taken` when it is not
   * free. What was held ends by itself should the offer not be written.
   */
  async hold(scope: TenantScope, entryId: string, ref: SlotRef, way: OfferWay): Promise<HeldProposal> {
    const entry = await this.offerable(scope, entryId, ref);
    const { patientId, patientType } = entry;
    const patient = await this.patients.get(scope, patientId);
    if (way === 'message' && !isReachable(patient)) {
      const detail = 'The patient has no address that may be written to. Offer by "telephone".';
      throw new Problem('unprocessable', detail);
    }
    const slot = await this.availability.offered(scope, ref, {
      byStaff: true,
      patientType,
      dateOfBirth: patient.dateOfBirth,
    });
    if (!slot) throw await this.availability.slotTaken(scope, ref);
    const expiresAt = await this.limit(scope, slot.start, way);
    const offerId = newId('waitlistOffer', this.clock.now());
    const hold = await this.holds.take(scope, offerId, slot, { patientType, expiresAt });
    if (!hold) throw await this.availability.slotTaken(scope, ref);
    return { offerId, openingId: offerId, entry, slot, way, expiresAt, hold };
  }

  /** Writes the offer of a held time; 409 when the patient is asked about another time meanwhile. */
  async offer(scope: TenantScope, tx: Tx, { hold, ...proposal }: HeldProposal): Promise<WaitlistOffer> {
    const offer = await this.offers.write(scope, tx, proposal, hold.id);
    if (!offer) throw asked();
    return offer;
  }

  /** `not_found` unless the offer was made to this entry. */
  async offerTo(scope: TenantScope, entryId: string, offerId: string): Promise<WaitlistOffer> {
    const offer = await this.offers.get(scope, offerId);
    if (offer.entryId !== entryId) throw notFound('offer');
    return offer;
  }

  private async offerable(scope: TenantScope, entryId: string, ref: SlotRef) {
    const entry = await this.entries.get(scope, entryId);
    const { patientId, reasonId } = entry;
    if (!isInLine(entry)) throw over(entry);
    if (entry.status === 'offered') throw asked();
    if (patientId === null || reasonId === null) {
      const detail = 'This visit is the practice system’s own. Call the patient, and move the visit there.';
      throw new Problem('unprocessable', detail);
    }
    if (reasonId !== ref.reasonId)
      throw new Problem('unprocessable', 'The patient waits for another reason. Choose a slot of that reason.');
    return { ...entry, patientId };
  }

  private async limit(scope: TenantScope, start: number, way: OfferWay): Promise<number> {
    const { waitlistOfferMinutes } = (await this.settings.effective(scope)).scheduling;
    const now = this.clock.now();
    if (way === 'telephone' && start > now) return Math.min(now + waitlistOfferMinutes * MINUTE_MS, start);
    const limit = answerBy(now, start, waitlistOfferMinutes);
    if (limit !== null) return limit;
    throw new Problem('unprocessable', 'The visit is too near for an answer to a message. Offer by "telephone".');
  }
}

function asked(): Problem {
  return new Problem('conflict', 'The patient is asked about another time at the moment. Wait for the answer.');
}

function unknown(pointer: string, what: string) {
  return (): never => {
    throw invalid(pointer, 'not_found', `No ${what} with this id exists here.`);
  };
}
