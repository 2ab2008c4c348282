import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { addDays, CLOCK, type Clock, type TenantScope } from '../../kernel/index.js';
import {
  isDuplicateKey,
  UnitOfWork,
  type Filter,
  type ScopedCollection,
  type Tx,
  type Update,
} from '../../persistence/index.js';
import { liveHolds } from './live-holds.js';
import { blankPage, Pages } from './page.repository.js';
import type { Entry, EntryKind, HoldRecord, Page } from './page.schema.js';
import type { PageClaim } from './visit.js';

const KNOWN_PAGES = 20_000;
const KNOWN_HOLDS = 5_000;
const TIDY_EVERY = 32;

/** What takes the time. */
export interface Taker {
  kind: EntryKind;
  ref: string;
  expiresAt?: number;
  reasonId?: string;
}

/**
 * The appointment book: the only place where time on a resource is taken or given back. A claim is one conditional
 * write per page (law 1): its filter holds only while no live entry of the guarded resources overlaps.
 */
@Injectable()
export class Book {
  /** Pages that exist; a page is never removed while it can be booked. */
  private readonly known = new Set<string>();
  /** Holds that were placed on a page since it was last tidied. */
  private readonly placed = new Map<string, number>();
  /** Holds that this process has placed, as they were then. */
  private readonly lately = new LRUCache<string, HoldRecord>({ max: KNOWN_HOLDS });

  constructor(
    private readonly pages: Pages,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Takes the time for a hold: one update when the visit stands on one page, else all its pages in one transaction. */
  async hold(scope: TenantScope, claims: PageClaim[], hold: HoldRecord): Promise<boolean> {
    await this.prepare(scope, claims);
    const took = await this.takeForHold(scope, claims, hold);
    if (!took) return false;
    this.lately.set(keyOf(scope, hold.id), hold);
    for (const { pageId } of claims) await this.tidyNowAndThen(scope, pageId);
    return true;
  }

  private async takeForHold(scope: TenantScope, claims: PageClaim[], hold: HoldRecord): Promise<boolean> {
    const taker: Taker = { kind: 'hold', ref: hold.id, expiresAt: hold.expiresAt, reasonId: hold.reasonId };
    const [first, ...others] = claims;
    if (first && others.length === 0) return this.claimPage(this.pages.forTenant(scope), first, taker, { hold });
    return this.allOrNothing((tx) => this.take(scope, tx, claims, taker, { hold }));
  }

  /** Runs `work` in a transaction; when it answers false, nothing of it has happened. */
  private async allOrNothing(work: (tx: Tx) => Promise<boolean>): Promise<boolean> {
    try {
      return await this.unitOfWork.run(async (tx) => {
        if (!(await work(tx))) throw new Refused();
        return true;
      });
    } catch (error) {
      if (error instanceof Refused) return false;
      throw error;
    }
  }

  /**
   * Takes the time inside a transaction. False: some of it is taken; the caller must then abort the transaction, since
   * earlier pages may have been written. `prepare` must have run before. `ignore` names a ref whose entries do not count;
   * `force` takes it whoever else has it.
   */
  async take(
    scope: TenantScope,
    tx: Tx,
    claims: PageClaim[],
    taker: Taker,
    options: { hold?: HoldRecord; ignore?: string; force?: boolean } = {},
  ): Promise<boolean> {
    const pages = this.pages.forTenant(scope, tx);
    let hold = options.hold;
    for (const claim of claims) {
      const took = await this.claimPage(pages, claim, taker, {
        ...(hold ? { hold } : {}),
        ...(options.ignore ? { ignore: options.ignore } : {}),
        ...(options.force ? { force: true } : {}),
      });
      if (!took) return false;
      hold = undefined;
    }
    return true;
  }

  /** Makes sure that the pages exist: an upsert inside a transaction would end it when it loses a race. */
  async prepare(scope: TenantScope, claims: PageClaim[]): Promise<void> {
    for (const { pageId, placeId, date } of claims) {
      if (this.known.has(pageId)) continue;
      try {
        await this.pages.forTenant(scope).insert(blankPage(scope.tenantId, placeId, date));
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
      if (this.known.size >= KNOWN_PAGES) this.known.clear();
      this.known.add(pageId);
    }
  }

  /** The live hold with this id, if `ownerId` owns it. */
  async findHold(scope: TenantScope, holdId: string, ownerId: string, tx?: Tx): Promise<HoldRecord | null> {
    const pages = await this.pages.forTenant(scope, tx).pick({ 'holds.id': holdId } as Filter<Page>, ['holds']);
    return liveHolds(pages, ownerId, this.clock.now()).find(({ id }) => id === holdId) ?? null;
  }

  /** As `findHold`, for who writes on the condition that it lives: one that this process has placed need not be read. */
  async heldLately(scope: TenantScope, holdId: string, ownerId: string): Promise<HoldRecord | null> {
    const hold = this.lately.get(keyOf(scope, holdId));
    const known = hold?.ownerId === ownerId && hold.expiresAt > this.clock.now();
    return known ? hold : this.findHold(scope, holdId, ownerId);
  }

  async holdsOf(scope: TenantScope, ownerId: string): Promise<HoldRecord[]> {
    const pages = await this.pages.forTenant(scope).pick({ 'holds.ownerId': ownerId } as Filter<Page>, ['holds']);
    return liveHolds(pages, ownerId, this.clock.now());
  }

  /**
   * Turns the live entries of a hold into those of an appointment; false when the hold is over or not the owner's. A clock
   * is read before the page is written, and two clocks differ: whoever found the hold over and took its time has it.
   */
  async convert(
    scope: TenantScope,
    tx: Tx,
    claims: PageClaim[],
    hold: HoldRecord,
    appointmentId: string,
  ): Promise<boolean> {
    const pages = this.pages.forTenant(scope, tx);
    for (const claim of claims) {
      const converted = await pages.claim(
        claim.pageId,
        this.stillHeld(claim, hold),
        {
          $set: { 'entries.$[mine].kind': 'appointment', 'entries.$[mine].ref': appointmentId },
          $unset: { 'entries.$[mine].expiresAt': 1 },
          $pull: { holds: { id: hold.id } },
        } as unknown as Update<Page>,
        [{ 'mine.ref': hold.id }],
      );
      if (!converted) return false;
    }
    this.lately.delete(keyOf(scope, hold.id));
    return true;
  }

  /** Gives back what `ref` has taken on these pages. */
  async release(scope: TenantScope, claims: Pick<PageClaim, 'pageId'>[], ref: string, tx?: Tx): Promise<void> {
    this.lately.delete(keyOf(scope, ref));
    for (const { pageId } of claims) {
      await this.pages
        .forTenant(scope, tx)
        .claim(pageId, {}, { $pull: { entries: { ref }, holds: { id: ref } } } as unknown as Update<Page>);
    }
  }

  /** Ends holds of which somebody knows the ids alone, wherever they stand. `pageIds`: where they were met. */
  async endHolds(scope: TenantScope, holdIds: readonly string[], pageIds: readonly string[], tx?: Tx): Promise<void> {
    const pages = this.pages.forTenant(scope, tx);
    const among = { $in: [...holdIds] };
    const bearers = await pages.pick({ 'holds.id': among } as Filter<Page>, ['holds']);
    const records = bearers.flatMap(({ holds }) => holds).filter(({ id }) => holdIds.includes(id));
    const stands = { $or: [{ 'entries.ref': among }, { 'holds.id': among }] };
    const where = { $or: [{ _id: { $in: [...pageIds] } }, ...records.map(around)] };
    const gone = { $pull: { entries: { ref: among }, holds: { id: among } } };
    await pages.updateMany({ $and: [where, stands] } as Filter<Page>, gone as unknown as Update<Page>);
    for (const id of holdIds) this.lately.delete(keyOf(scope, id));
  }

  /** Lengthens a hold, once; false when it is over or was lengthened before. */
  async extend(scope: TenantScope, claims: PageClaim[], hold: HoldRecord, expiresAt: number): Promise<boolean> {
    return this.allOrNothing(async (tx) => {
      for (const [index, claim] of claims.entries())
        if (!(await this.lengthen(scope, tx, claim, hold, expiresAt, index === 0))) return false;
      return true;
    });
  }

  /** Lengthens what a hold has on one page. `withRecord`: the page bears its record, which tells whether it may be. */
  async lengthen(
    scope: TenantScope,
    tx: Tx,
    claim: PageClaim,
    hold: HoldRecord,
    expiresAt: number,
    withRecord: boolean,
  ): Promise<boolean> {
    this.lately.delete(keyOf(scope, hold.id));
    const held = this.stillHeld(claim, hold);
    const where = withRecord ? { ...held, holds: { $elemMatch: { id: hold.id, extended: false } } } : held;
    const onRecord = withRecord ? { 'holds.$[hold].expiresAt': expiresAt, 'holds.$[hold].extended': true } : {};
    return this.pages
      .forTenant(scope, tx)
      .claim(
        claim.pageId,
        where as Filter<Page>,
        { $set: { 'entries.$[mine].expiresAt': expiresAt, ...onRecord } } as unknown as Update<Page>,
        [{ 'mine.ref': hold.id }, ...(withRecord ? [{ 'hold.id': hold.id }] : [])],
      );
  }

  /** Removes holds that are over, once for many holds: they no longer count, they only take room. */
  async tidyNowAndThen(scope: TenantScope, pageId: string): Promise<void> {
    const placed = (this.placed.get(pageId) ?? 0) + 1;
    if (this.placed.size >= KNOWN_PAGES) this.placed.clear();
    this.placed.set(pageId, placed % TIDY_EVERY);
    if (placed < TIDY_EVERY) return;
    const over = { expiresAt: { $lte: this.clock.now() } };
    await this.pages
      .forTenant(scope)
      .claim(
        pageId,
        { entries: { $elemMatch: over } } as Filter<Page>,
        { $pull: { entries: over, holds: over } } as unknown as Update<Page>,
      );
  }

  private async claimPage(
    pages: ScopedCollection<Page>,
    claim: PageClaim,
    taker: Taker,
    options: { hold?: HoldRecord; ignore?: string; force?: boolean },
  ): Promise<boolean> {
    const entries: Entry[] = claim.entries.map(({ guarded: _, ...time }) => ({ ...time, ...taker }));
    const push: Record<string, unknown> = { entries: { $each: entries } };
    if (options.hold) push['holds'] = options.hold;
    const condition = options.force ? {} : this.nothingOverlaps(claim, taker.reasonId, options.ignore);
    return pages.claim(claim.pageId, condition, { $push: push } as unknown as Update<Page>);
  }

  /** True of a page on which the hold lives and nobody else has its time: a hold that came after it ends after it. */
  private stillHeld(claim: PageClaim, { id, reasonId, expiresAt }: HoldRecord): Filter<Page> {
    const alive = { entries: { $elemMatch: { ref: id, expiresAt: { $gt: this.clock.now() } } } };
    return { $and: [alive, this.nothingOverlaps(claim, reasonId, id, expiresAt)] } as unknown as Filter<Page>;
  }

  /**
   * True of a page on which none of the guarded times is taken by a live entry. Blocks count for all times, on the place
   * itself too: whose overlap is allowed is not there all the same while out of office.
   */
  private nothingOverlaps(
    { placeId, entries }: PageClaim,
    reasonId = '',
    ignore?: string,
    now = this.clock.now(),
  ): Filter<Page> {
    const spans = new Map<string, { guarded: string[]; all: string[]; start: number; end: number }>();
    for (const { resource, start, end, guarded } of entries) {
      const span = spans.get(`${start}-${end}`) ?? { guarded: [], all: [placeId], start, end };
      if (guarded) span.guarded.push(resource);
      span.all.push(resource);
      spans.set(`${start}-${end}`, span);
    }
    const free = [...spans.values()].map(({ guarded, all, start, end }) => ({
      entries: {
        $not: {
          $elemMatch: {
            resource: { $in: all },
            start: { $lt: end },
            end: { $gt: start },
            ...(ignore ? { ref: { $ne: ignore } } : {}),
            $or: [
              { resource: { $in: guarded }, kind: { $ne: 'block' }, expiresAt: { $exists: false } },
              { resource: { $in: guarded }, expiresAt: { $gt: now } },
              { kind: 'block', 'block.reasonIds': { $ne: reasonId } },
            ],
          },
        },
      },
    }));
    return (free.length > 0 ? { $and: free } : {}) as unknown as Filter<Page>;
  }
}

/** The pages on which a hold can stand: a provider's own pages have days of UTC, and a visit may go over midnight. */
function around({ locationId, providerId, assist, date }: HoldRecord) {
  return {
    placeId: { $in: [locationId, providerId, ...(assist ? [assist.providerId] : [])] },
    date: { $gte: addDays(date, -1), $lte: addDays(date, 2) },
  };
}

function keyOf({ tenantId }: TenantScope, holdId: string): string {
  return `${tenantId}:${holdId}`;
}

/** Ends a transaction whose claim was refused. */
class Refused extends Error {}
