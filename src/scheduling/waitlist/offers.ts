import { Inject, Injectable } from '@nestjs/common';
import type { EventType } from '../../events/index.js';
import { CLOCK, Problem, type Clock, type TenantScope } from '../../kernel/index.js';
import { UnitOfWork, type Filter, type Page, type Tx } from '../../persistence/index.js';
import { DueWork } from '../../queues/index.js';
import type { Offer } from '../availability/availability.service.js';
import { assertVersion, isInLine, over, WaitlistEntries } from './entries.js';
import { OfferHolds } from './offer-holds.js';
import {
  OfferRepository,
  type OfferWay,
  type OfferState,
  type WaitlistEntry,
  type WaitlistOffer,
} from './waitlist.schema.js';

/** Kind of due work that finds somebody for time that is free; its key is the opening. */
export const FILL = 'waitlist.fill';

/** A time for somebody who waits. */
export interface Proposal {
  offerId: string;
  openingId: string;
  entry: WaitlistEntry & { patientId: string };
  slot: Offer;
  way: OfferWay;
  /** Epoch ms. */
  expiresAt: number;
}

const ENDED: Partial<Record<OfferState, string>> = {
  accepted: 'This time was taken: it is booked.',
  declined: 'This offer was declined.',
  expired: 'The time to answer is over. The time was offered to somebody else.',
  withdrawn: 'This offer was taken back.',
};

/** Offers, from the hold to every end but the good one. */
@Injectable()
export class WaitlistOffers {
  constructor(
    private readonly offers: OfferRepository,
    private readonly entries: WaitlistEntries,
    private readonly holds: OfferHolds,
    private readonly work: DueWork,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  get(scope: TenantScope, id: string, tx?: Tx): Promise<WaitlistOffer> {
    return this.offers.forTenant(scope, tx).getById(id, 'offer');
  }

  /** Newest first. */
  of(
    scope: TenantScope,
    entryId: string,
    request: { limit: number; cursor?: string | undefined },
  ): Promise<Page<WaitlistOffer>> {
    const filter = { entryId } as Filter<WaitlistOffer>;
    return this.offers.forTenant(scope).page({ filter, sort: '-createdAt', ...request });
  }

  /** What was offered of one opening, in this order. */
  madeOf(scope: TenantScope, openingId: string): Promise<WaitlistOffer[]> {
    return this.offers.forTenant(scope).find({ openingId } as Filter<WaitlistOffer>, { sort: { createdAt: 1 } });
  }

  /**
   * Holds the time, then writes offer and event in one transaction. Null: the time was taken, or the patient is asked about
   * another one at the moment; then nothing is held. A process that dies in between leaves a hold that ends by itself.
   */
  async make(scope: TenantScope, proposal: Proposal): Promise<WaitlistOffer | null> {
    const { offerId, entry, slot, expiresAt } = proposal;
    const hold = await this.holds.take(scope, offerId, slot, { patientType: entry.patientType, expiresAt });
    if (!hold) return null;
    const offer = await this.unitOfWork.run((tx) => this.write(scope, tx, proposal, hold.id));
    if (!offer) await this.holds.release(scope, offerId);
    return offer;
  }

  /** The offer of a time that is held; null: the patient is asked about another one at the moment. */
  async write(
    scope: TenantScope,
    tx: Tx,
    { offerId, openingId, entry, slot, way, expiresAt }: Proposal,
    holdId: string,
  ): Promise<WaitlistOffer | null> {
    const { reasonId, providerId, locationId, start, end, zone } = slot;
    const update = { $set: { status: 'offered' as const, offerId }, $inc: { offersMade: 1 } };
    const data = { offerId, providerId, locationId, start, expiresAt, way };
    const asked = await this.entries.markIf(
      scope,
      tx,
      entry._id,
      { status: 'waiting' },
      update,
      'waitlist.offered',
      data,
    );
    if (!asked) return null;
    // Nobody else works on a time that staff chose: what notes the end of its offer is made here.
    if (openingId === offerId)
      await this.work.add(scope, tx, [{ kind: FILL, key: offerId, payload: {}, dueAt: expiresAt }]);
    return this.offers.forTenant(scope, tx).insert({
      _id: offerId,
      entryId: entry._id,
      patientId: entry.patientId,
      patientType: entry.patientType,
      movesAppointmentId: entry.appointmentId,
      openingId,
      way,
      state: 'open',
      reasonId,
      providerId,
      locationId,
      start,
      end,
      zone,
      holdId,
      expiresAt,
      answeredAt: null,
      appointmentId: null,
    });
  }

  /** The patient does not want it. The next in line is asked at once. */
  async decline(scope: TenantScope, id: string): Promise<WaitlistOffer> {
    return this.unitOfWork.run(async (tx) => {
      const offer = await this.close(scope, tx, await this.get(scope, id, tx), 'declined');
      await this.waitsOn(scope, tx, offer, 'waitlist.offer_declined');
      return offer;
    });
  }

  /** Notes that the time limit has passed; nothing when the patient was faster. */
  async expire(scope: TenantScope, id: string): Promise<void> {
    await this.unitOfWork.run(async (tx) => {
      const offer = await this.get(scope, id, tx);
      if (offer.state !== 'open' || offer.expiresAt > this.clock.now()) return;
      await this.offers.forTenant(scope, tx).update(id, { $set: { state: 'expired' } }, { state: 'open' });
      await this.waitsOn(scope, tx, offer, 'waitlist.offer_expired');
    });
  }

  /** Somebody waits no longer; what is held for them is free for the next. */
  async withdraw(scope: TenantScope, entryId: string, reason: string, ifVersion?: number): Promise<WaitlistEntry> {
    return this.unitOfWork.run(async (tx) => {
      const entry = await this.entries.get(scope, entryId, tx);
      assertVersion(entry, ifVersion);
      if (!isInLine(entry)) throw over(entry);
      return this.withdrawIn(scope, tx, entry, reason);
    });
  }

  async withdrawIn(scope: TenantScope, tx: Tx, entry: WaitlistEntry, reason: string): Promise<WaitlistEntry> {
    if (entry.offerId) await this.takeBack(scope, tx, entry.offerId);
    const set = { status: 'withdrawn', offerId: null, endReason: reason } as const;
    return this.entries.mark(scope, tx, entry, set, 'waitlist.withdrawn', { reason });
  }

  /** 409 `offer_over` unless the offer can be answered now. */
  assertOpen({ state, expiresAt }: Pick<WaitlistOffer, 'state' | 'expiresAt'>): void {
    if (state === 'open' && expiresAt > this.clock.now()) return;
    throw new Problem('offer_over', ENDED[state] ?? (ENDED.expired as string), {
      extensions: { offerState: state === 'open' ? 'expired' : state },
    });
  }

  /** Ends an open offer; `offer_over` when it is over already. */
  async close(
    scope: TenantScope,
    tx: Tx,
    offer: WaitlistOffer,
    state: OfferState,
    appointmentId: string | null = null,
  ): Promise<WaitlistOffer> {
    this.assertOpen(offer);
    const set = { state, appointmentId, answeredAt: this.clock.now() };
    const closed = await this.offers.forTenant(scope, tx).update(offer._id, { $set: set }, { state: 'open' });
    if (!closed) throw new Problem('conflict', 'The offer was answered at the same moment. Read it again.');
    if (state !== 'accepted') await this.holds.release(scope, offer._id, tx);
    await this.work.hasten(scope, tx, FILL, offer.openingId);
    return closed;
  }

  private async takeBack(scope: TenantScope, tx: Tx, id: string): Promise<void> {
    const offer = await this.get(scope, id, tx);
    if (offer.state === 'open' && offer.expiresAt > this.clock.now()) await this.close(scope, tx, offer, 'withdrawn');
  }

  private async waitsOn(scope: TenantScope, tx: Tx, offer: WaitlistOffer, event: EventType): Promise<void> {
    const { _id: offerId, entryId, start } = offer;
    const set = { status: 'waiting' as const, offerId: null };
    await this.entries.markIf(scope, tx, entryId, { offerId }, { $set: set }, event, { offerId, start });
  }
}
