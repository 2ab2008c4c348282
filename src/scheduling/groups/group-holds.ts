import { Inject, Injectable } from '@nestjs/common';
import type { CommandRequest } from '../../http/index.js';
import { CLOCK, derivedId, newId, notFound, Problem, type Clock, type TenantScope } from '../../kernel/index.js';
import { UnitOfWork } from '../../persistence/index.js';
import { Settings } from '../../tenants/index.js';
import { Availability } from '../availability/availability.service.js';
import type { Slot } from '../availability/query.js';
import { parseSlotId, type SlotRef } from '../availability/slot-id.js';
import { Book } from '../book/book.js';
import { GroupBook, type HeldVisit } from '../book/group-book.js';
import type { HoldRecord } from '../book/page.schema.js';
import type { PageClaim } from '../book/visit.js';
import { holdRecord, type HoldOwner } from '../holds/hold-record.js';
import { Holds } from '../holds/holds.service.js';
import { GroupSeats } from './group-seats.js';

const MINUTE_MS = 60_000;
/** How often a group looks again for what is left when others are faster. */
const ATTEMPTS = 5;

export interface GroupVisit extends HeldVisit {
  /** IANA zone of the location. */
  zone: string;
}

/** Slots that are held together, in the order in which they were asked for. */
export interface GroupHold {
  id: string;
  visits: readonly GroupVisit[];
  /** Epoch ms; the same for all of them. */
  expiresAt: number;
}

/** Takes several slots together, or none of them. */
@Injectable()
export class GroupHolds {
  constructor(
    private readonly seats: GroupSeats,
    private readonly holds: Holds,
    private readonly book: Book,
    private readonly groupBook: GroupBook,
    private readonly availability: Availability,
    private readonly settings: Settings,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** `slot_taken` names the slot that is not free, with alternatives. A visitor's earlier holds are given back first. */
  async place(
    scope: TenantScope,
    owner: HoldOwner,
    slotIds: readonly string[],
    command: CommandRequest,
  ): Promise<GroupHold> {
    const wanted = slotIds.map(parseSlotId);
    const id = command.recordId ? groupHoldIdOf(command.recordId) : newId('groupHold', this.clock.now());
    const repeated = await this.repeated(scope, owner, id, wanted, command);
    if (repeated) return repeated;
    await this.holds.makeRoom(scope, owner, await this.book.holdsOf(scope, owner.id), wanted.length);
    let stuck = 0;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const seats = await this.seats.find(scope, wanted);
      if ('stuck' in seats) {
        ({ stuck } = seats);
        break;
      }
      const answer = await this.take(scope, owner, id, seats.slots);
      if (typeof answer === 'object') return answer;
      stuck = answer;
    }
    // The same request at the same moment may be the one that was faster.
    const same = await this.repeated(scope, owner, id, wanted, command);
    if (same) return same;
    throw await this.seats.taken(scope, wanted, stuck);
  }

  /** The group that `ownerId` holds; null when it is over: it lives as a whole or not at all. */
  async find(scope: TenantScope, ownerId: string, groupHoldId: string): Promise<GroupHold | null> {
    const live = await this.book.holdsOf(scope, ownerId);
    const holds = live
      .filter(({ group }) => group?.id === groupHoldId)
      .sort((a, b) => (a.group?.place ?? 0) - (b.group?.place ?? 0));
    const [first] = holds;
    if (!first || first.group?.size !== holds.length) return null;
    const visits = await this.holds.visits(scope, holds);
    return { id: groupHoldId, visits: together(holds, visits), expiresAt: first.expiresAt };
  }

  /** Once, by the time that a hold has at first. */
  async extend(scope: TenantScope, owner: HoldOwner, groupHoldId: string): Promise<GroupHold> {
    const group = await this.own(scope, owner, groupHoldId);
    const { scheduling } = await this.settings.effective(scope);
    const expiresAt = group.expiresAt + scheduling.holdMinutes * MINUTE_MS;
    if (!(await this.groupBook.extend(scope, group.visits, expiresAt)))
      throw new Problem('conflict', 'A hold can be extended once, while it lives.');
    return { ...group, expiresAt };
  }

  async release(scope: TenantScope, owner: HoldOwner, groupHoldId: string): Promise<void> {
    const { visits } = await this.own(scope, owner, groupHoldId);
    await this.giveBack(scope, visits);
  }

  private async own(scope: TenantScope, owner: HoldOwner, groupHoldId: string): Promise<GroupHold> {
    const group = await this.find(scope, owner.id, groupHoldId);
    if (!group) throw notFound('group hold');
    return group;
  }

  /** The group, or the place of the slot that somebody else took first. */
  private async take(
    scope: TenantScope,
    owner: HoldOwner,
    id: string,
    slots: readonly Slot[],
  ): Promise<GroupHold | number> {
    const { scheduling } = await this.settings.effective(scope);
    const now = this.clock.now();
    const holds = slots.map((slot, place): HoldRecord => {
      const hold = holdRecord(newId('hold', now), owner, slot, null, { now, holdMinutes: scheduling.holdMinutes });
      return { ...hold, group: { id, place, size: slots.length } };
    });
    const visits = together(holds, await this.holds.visits(scope, slots));
    const refused = await this.groupBook.hold(scope, visits);
    if (refused !== null) return refused;
    const beyond = await this.beyondLimits(scope, slots);
    if (beyond === null) return { id, visits, expiresAt: (visits[0] as GroupVisit).hold.expiresAt };
    await this.giveBack(scope, visits);
    return beyond;
  }

  /** The place of the first visit that is one too many for a limit; see `Availability.exceedsLimits`. */
  private async beyondLimits(scope: TenantScope, slots: readonly Slot[]): Promise<number | null> {
    for (const [place, slot] of slots.entries())
      if (slot.limited && (await this.availability.exceedsLimits(scope, slot))) return place;
    return null;
  }

  private async giveBack(scope: TenantScope, visits: readonly HeldVisit[]): Promise<void> {
    const refs = visits.map(({ hold }) => hold.id);
    await this.unitOfWork.run((tx) => this.groupBook.release(scope, visits, refs, tx));
  }

  /** A repeated request gets the holds that the first one made, while they live. */
  private async repeated(
    scope: TenantScope,
    owner: HoldOwner,
    id: string,
    wanted: readonly SlotRef[],
    command: CommandRequest,
  ): Promise<GroupHold | null> {
    const group = command.recordId ? await this.find(scope, owner.id, id) : null;
    if (!group) return null;
    const same =
      group.visits.length === wanted.length &&
      group.visits.every(({ hold }, place) => {
        const { start, providerId, reasonId } = wanted[place] as SlotRef;
        return hold.start === start && hold.providerId === providerId && hold.reasonId === reasonId;
      });
    if (!same)
      throw new Problem(
        'idempotency_mismatch',
        'This Idempotency-Key was used for other slots. Use a new key for a new request.',
      );
    command.replayed();
    return group;
  }
}

function together(
  holds: readonly HoldRecord[],
  visits: readonly { claims: readonly PageClaim[]; zone: string }[],
): GroupVisit[] {
  return visits.map(({ claims, zone }, place) => ({ hold: holds[place] as HoldRecord, claims, zone }));
}

function groupHoldIdOf(recordId: string): string {
  return derivedId('groupHold', Buffer.from(recordId, 'base64url'));
}
