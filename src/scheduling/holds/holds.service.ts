import { Inject, Injectable } from '@nestjs/common';
import { Catalog } from '../../catalog/index.js';
import type { CommandRequest } from '../../http/index.js';
import { CLOCK, derivedId, newId, notFound, Problem, type Clock, type TenantScope } from '../../kernel/index.js';
import { Locations, Settings, type Location } from '../../tenants/index.js';
import { Availability, type Offer } from '../availability/availability.service.js';
import type { SlotRef } from '../availability/slot-id.js';
import { Book } from '../book/book.js';
import type { HoldRecord } from '../book/page.schema.js';
import type { PageClaim } from '../book/visit.js';
import { holdRecord, type HoldOwner } from './hold-record.js';
import { slotVisit, type SlotVisit } from '../availability/slot-visit.js';

const MINUTE_MS = 60_000;
/** A member of staff may have this many at once; a visitor has one. */
const MEMBER_HOLDS = 20;
/** How often a hold looks for another operatory when others are faster. */
const CHAIRS_TO_TRY = 10;

/** Takes a slot for some minutes while the form is filled in. */
@Injectable()
export class Holds {
  constructor(
    private readonly book: Book,
    private readonly availability: Availability,
    private readonly catalog: Catalog,
    private readonly locations: Locations,
    private readonly settings: Settings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** `slot_taken` with alternatives when the time is not free now. A visitor's earlier holds are given back first. */
  async place(
    scope: TenantScope,
    owner: HoldOwner,
    ref: SlotRef,
    patientType: 'new' | 'returning' | null,
    command: CommandRequest,
  ): Promise<HoldRecord> {
    for (let attempt = 0; attempt < CHAIRS_TO_TRY; attempt++) {
      const { offer, held } = await this.availability.offeredTo(
        scope,
        owner.id,
        ref,
        patientType ? { patientType } : {},
      );
      const repeated = this.repeated(held, ref, command);
      if (repeated) return repeated;
      // What was given back may be what is wanted: it is looked at again.
      if (await this.makeRoom(scope, owner, held, 1)) continue;
      if (!offer) break;
      const hold = await this.attempt(scope, owner, offer, patientType, command);
      if (hold) return hold;
    }
    throw await this.availability.slotTaken(scope, ref);
  }

  /** Null: somebody else was faster. The provider may still be free then, in another operatory. */
  private async attempt(
    scope: TenantScope,
    owner: HoldOwner,
    slot: Offer,
    patientType: 'new' | 'returning' | null,
    command: CommandRequest,
  ): Promise<HoldRecord | null> {
    const { claims } = slot.visit;
    const { scheduling } = await this.settings.effective(scope);
    const now = this.clock.now();
    const id = command.recordId ? holdIdOf(command.recordId) : newId('hold', now);
    const hold = holdRecord(id, owner, slot, patientType, { now, holdMinutes: scheduling.holdMinutes });
    if (!(await this.book.hold(scope, claims, hold))) return null;
    if (slot.limited && (await this.availability.exceedsLimits(scope, slot))) {
      await this.book.release(scope, claims, hold.id);
      throw await this.availability.slotTaken(scope, slot);
    }
    return hold;
  }

  async get(scope: TenantScope, owner: HoldOwner, holdId: string): Promise<HoldRecord> {
    const hold = await this.book.findHold(scope, holdId, owner.id);
    if (!hold) throw notFound('hold');
    return hold;
  }

  /** Once, by the time that a hold has at first. */
  async extend(scope: TenantScope, owner: HoldOwner, holdId: string): Promise<HoldRecord> {
    const hold = await this.get(scope, owner, holdId);
    const { scheduling } = await this.settings.effective(scope);
    const expiresAt = hold.expiresAt + scheduling.holdMinutes * MINUTE_MS;
    if (hold.extended || !(await this.book.extend(scope, await this.claims(scope, hold), hold, expiresAt))) {
      throw new Problem('conflict', 'A hold can be extended once, while it lives.');
    }
    return { ...hold, expiresAt, extended: true };
  }

  async release(scope: TenantScope, owner: HoldOwner, holdId: string): Promise<void> {
    const hold = await this.get(scope, owner, holdId);
    await this.book.release(scope, await this.claims(scope, hold), hold.id);
  }

  /** The visit that a slot stands for, read once. */
  async visit(scope: TenantScope, ref: SlotRef): Promise<SlotVisit> {
    const [visit] = await this.visits(scope, [ref]);
    return visit as SlotVisit;
  }

  /** The visits of several slots; the catalogue is read once. */
  async visits(scope: TenantScope, refs: readonly SlotRef[]): Promise<SlotVisit[]> {
    const [snapshot, ...locations] = await Promise.all([
      this.catalog.snapshot(scope),
      ...refs.map((ref) => this.locations.known(scope, ref.locationId)),
    ]);
    return refs.map((ref, at) => slotVisit(scope.tenantId, (locations[at] as Location).zone, snapshot, ref));
  }

  private async claims(scope: TenantScope, ref: SlotRef): Promise<PageClaim[]> {
    return (await this.visit(scope, ref)).claims;
  }

  /** A repeated request gets the hold that the first one made, while it lives. */
  private repeated(
    live: readonly HoldRecord[],
    ref: SlotRef,
    { recordId, replayed }: CommandRequest,
  ): HoldRecord | null {
    const id = recordId === undefined ? undefined : holdIdOf(recordId);
    const hold = live.find((one) => one.id === id);
    if (!hold) return null;
    const same = hold.start === ref.start && hold.providerId === ref.providerId && hold.reasonId === ref.reasonId;
    if (!same)
      throw new Problem(
        'idempotency_mismatch',
        'This Idempotency-Key was used for another slot. Use a new key for a new request.',
      );
    replayed();
    return hold;
  }

  /**
   * Nobody hoards: what a visitor holds anew takes the place of the old, and staff has so many holds at most. True when time
   * was given back.
   */
  async makeRoom(scope: TenantScope, owner: HoldOwner, live: readonly HoldRecord[], count: number): Promise<boolean> {
    if (!owner.visitor) {
      if (live.length + count > MEMBER_HOLDS)
        throw new Problem('conflict', `You may hold ${MEMBER_HOLDS} slots at once. Release some first.`);
      return false;
    }
    for (const hold of live) await this.book.release(scope, await this.claims(scope, hold), hold.id);
    return live.length > 0;
  }
}

function holdIdOf(recordId: string): string {
  return derivedId('hold', Buffer.from(recordId, 'base64url'));
}
