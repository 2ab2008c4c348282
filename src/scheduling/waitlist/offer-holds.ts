import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, newId, type Clock, type TenantScope } from '../../kernel/index.js';
import type { Tx } from '../../persistence/index.js';
import { Availability, type Offer } from '../availability/availability.service.js';
import { Book } from '../book/book.js';
import type { HoldRecord } from '../book/page.schema.js';
import { holdRecord } from '../holds/hold-record.js';
import { Holds } from '../holds/holds.service.js';

/** Holds that belong to offers: like any other in the book, but they live as long as the offer. */
@Injectable()
export class OfferHolds {
  constructor(
    private readonly book: Book,
    private readonly holds: Holds,
    private readonly availability: Availability,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Null: somebody else was faster, or a limit on visits is reached. */
  async take(
    scope: TenantScope,
    offerId: string,
    slot: Offer,
    { patientType, expiresAt }: Pick<HoldRecord, 'patientType' | 'expiresAt'>,
  ): Promise<HoldRecord | null> {
    const now = this.clock.now();
    const owner = { id: offerId, visitor: false };
    const hold = { ...holdRecord(newId('hold', now), owner, slot, patientType, { now, holdMinutes: 0 }), expiresAt };
    const { claims } = slot.visit;
    if (!(await this.book.hold(scope, claims, hold))) return null;
    if (!slot.limited || !(await this.availability.exceedsLimits(scope, slot))) return hold;
    await this.book.release(scope, claims, hold.id);
    return null;
  }

  /** Gives back whatever an offer holds. */
  async release(scope: TenantScope, offerId: string, tx?: Tx): Promise<void> {
    for (const hold of await this.book.holdsOf(scope, offerId)) {
      const { claims } = await this.holds.visit(scope, hold);
      await this.book.release(scope, claims, hold.id, tx);
    }
  }
}
