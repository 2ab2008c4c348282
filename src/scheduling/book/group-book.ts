import { Injectable } from '@nestjs/common';
import type { TenantScope } from '../../kernel/index.js';
import { UnitOfWork, type Tx } from '../../persistence/index.js';
import { Book } from './book.js';
import type { HoldRecord } from './page.schema.js';
import type { PageClaim } from './visit.js';

/** One visit of several that are taken or given back together. */
export interface BookedVisit {
  claims: readonly PageClaim[];
}

export interface HeldVisit extends BookedVisit {
  hold: HoldRecord;
}

/**
 * The appointment book for several visits at once: all of them or none, in one transaction, page after page in the fixed
 * order whichever visit stands on it, so that two groups cannot wait for each other.
 */
@Injectable()
export class GroupBook {
  constructor(
    private readonly book: Book,
    private readonly unitOfWork: UnitOfWork,
  ) {}

  /** Takes the time of all holds. The place of the first visit that found its time taken; null: all have theirs. */
  async hold(scope: TenantScope, visits: readonly HeldVisit[]): Promise<number | null> {
    const claims = visits.flatMap((visit) => visit.claims);
    await this.book.prepare(scope, claims);
    try {
      await this.unitOfWork.run(async (tx) => {
        for (const { claim, place, first } of inPageOrder(visits)) {
          const { hold } = visits[place] as HeldVisit;
          const taker = { kind: 'hold' as const, ref: hold.id, expiresAt: hold.expiresAt, reasonId: hold.reasonId };
          if (!(await this.book.take(scope, tx, [claim], taker, first ? { hold } : {}))) throw new Refused(place);
        }
      });
    } catch (error) {
      if (error instanceof Refused) return error.place;
      throw error;
    }
    for (const pageId of new Set(claims.map((claim) => claim.pageId))) await this.book.tidyNowAndThen(scope, pageId);
    return null;
  }

  /** Turns all holds into appointments, each with the id of its place; false when one of them is over: abort then. */
  async convert(
    scope: TenantScope,
    tx: Tx,
    visits: readonly HeldVisit[],
    appointmentIds: readonly string[],
  ): Promise<boolean> {
    for (const { claim, place } of inPageOrder(visits)) {
      const { hold } = visits[place] as HeldVisit;
      if (!(await this.book.convert(scope, tx, [claim], hold, appointmentIds[place] as string))) return false;
    }
    return true;
  }

  /** Lengthens all holds, once; false, and none is longer, when one of them is over or was lengthened before. */
  async extend(scope: TenantScope, visits: readonly HeldVisit[], expiresAt: number): Promise<boolean> {
    try {
      await this.unitOfWork.run(async (tx) => {
        for (const { claim, place, first } of inPageOrder(visits)) {
          const { hold } = visits[place] as HeldVisit;
          if (!(await this.book.lengthen(scope, tx, claim, hold, expiresAt, first))) throw new Refused(place);
        }
      });
      return true;
    } catch (error) {
      if (error instanceof Refused) return false;
      throw error;
    }
  }

  /** Gives back what the refs, one for each visit, have taken. */
  async release(scope: TenantScope, visits: readonly BookedVisit[], refs: readonly string[], tx: Tx): Promise<void> {
    for (const { claim, place } of inPageOrder(visits))
      await this.book.release(scope, [claim], refs[place] as string, tx);
  }
}

/** All claims by page; `first` of a visit is the page that bears its hold's record. */
function inPageOrder(visits: readonly BookedVisit[]): { claim: PageClaim; place: number; first: boolean }[] {
  return visits
    .flatMap(({ claims }, place) => claims.map((claim, at) => ({ claim, place, first: at === 0 })))
    .sort((a, b) => (a.claim.pageId < b.claim.pageId ? -1 : a.claim.pageId > b.claim.pageId ? 1 : a.place - b.place));
}

/** Ends a transaction whose claim was refused. */
class Refused extends Error {
  constructor(readonly place: number) {
    super();
  }
}
