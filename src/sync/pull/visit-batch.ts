import { claimsOfFacts, isLive, samePlace, type VisitFacts } from '../site/visit.js';
import type { Site } from '../site/site.js';
import { pmsVisitId, type PmsVisit } from '../state/pms-visit.schema.js';
import { PageRewrites } from './page-rewrites.js';

/** A change of one of our appointments, to be merged with what stands here. */
export interface OwnChange {
  appointmentId: string;
  visit: VisitFacts;
}

/** A visit whose patient is, or was, on the practice system's ASAP list. */
export interface AsapChange {
  visit: VisitFacts;
  appointmentId: string | null;
  patientForeignId: string | null;
  waits: boolean;
  waited: boolean;
}

/** A visit that was not here as it is there. */
export interface ChangedVisit {
  appointmentId: string | null;
  foreignId: string;
  start: number;
}

/** What a run of pulled visits changes, gathered so that pages and rows are written in few round trips. */
export class VisitBatch {
  readonly rewrites: PageRewrites;
  readonly fresh: VisitFacts[] = [];
  readonly changed: VisitFacts[] = [];
  readonly own: OwnChange[] = [];
  readonly asap: AsapChange[] = [];
  /** Visits of the front desk, as they were, that have left their time. */
  readonly left: PmsVisit[] = [];

  /** @param blank nothing is known of this practice system yet: every visit is new, and order does not matter. */
  constructor(
    readonly site: Site,
    readonly blank = false,
  ) {
    this.rewrites = new PageRewrites(site.scope, blank);
  }

  get size(): number {
    return this.fresh.length + this.changed.length + this.own.length;
  }

  changes(): ChangedVisit[] {
    const theirs = [...this.fresh, ...this.changed].map((visit) => ({ appointmentId: null, visit }));
    return [...theirs, ...this.own].map(({ appointmentId, visit: { foreignId, start } }) => ({
      appointmentId,
      foreignId,
      start,
    }));
  }

  /** A visit of the front desk: it leaves the pages where it was and takes its time where it is. */
  external(visit: VisitFacts, before: PmsVisit | undefined): void {
    const ref = pmsVisitId(this.site.connection._id, visit.foreignId);
    if (before && isLive(before)) this.rewrites.drop(claimsOfFacts(this.site, before), ref);
    if (isLive(visit)) this.rewrites.put(claimsOfFacts(this.site, visit), ref);
    if (before && isLive(before) && !(isLive(visit) && samePlace(before, visit))) this.left.push(before);
    if (before) this.changed.push(visit);
    else this.fresh.push(visit);
  }

  /** One of our appointments: the appointment takes the time, so a row that stood for the front desk's goes. */
  ours(visit: VisitFacts, before: PmsVisit | undefined, appointmentId: string): void {
    if (before && before.appointmentId === null && isLive(before)) {
      const ref = pmsVisitId(this.site.connection._id, visit.foreignId);
      this.rewrites.drop(claimsOfFacts(this.site, before), ref);
    }
    this.own.push({ appointmentId, visit });
  }

  /** Keeps in mind what a visit says of the ASAP list. */
  asapOf(
    visit: VisitFacts,
    before: PmsVisit | undefined,
    whose: Pick<AsapChange, 'appointmentId' | 'patientForeignId'>,
  ): void {
    const [waits, waited] = [waitsIn(visit), before !== undefined && waitsIn(before)];
    if (waits || waited) this.asap.push({ visit, ...whose, waits, waited });
  }
}

function waitsIn({ asap, status }: VisitFacts): boolean {
  return asap && status === 'scheduled';
}
