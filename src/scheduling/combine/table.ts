import { claimsOf, type Claim, type Opening, type SlotCandidate, type VisitShape } from '../engine/index.js';

/** How many more visits a limit allows. Limits with the same id are one limit. */
export interface Limit {
  readonly id: string;
  readonly left: number;
}

/** What of a visit decides whether it fits beside others. */
export interface VisitTerms {
  readonly rule: VisitShape;
  /** Resources that may be with several patients at once. */
  readonly unguarded: ReadonlySet<string>;
  /** The limits that the visit counts against when it has this slot. */
  readonly limits: (slot: SlotCandidate) => readonly Limit[];
}

/** One of several visits that must go together. Their minutes are counted from one instant that they have in common. */
export interface Member extends VisitTerms {
  /** When it could be, by start. */
  readonly openings: readonly Opening[];
}

/** How much a search may still try: it ends with what it has rather than keep everybody waiting. */
export class Effort {
  constructor(
    private left: number,
    private readonly whole?: Effort,
  ) {}

  /** False: there is none left. */
  spend(): boolean {
    return this.left-- > 0 && (this.whole?.spend() ?? true);
  }

  /** An equal part for the next of so many questions; what one does not need is there for those after it. */
  share(questions: number): Effort {
    return new Effort(Math.ceil(Math.max(0, this.left) / questions), this);
  }
}

/** Every way to have an opening: its operatories and assists, the preferred ones first. */
export function* seatsOf({ operatoryIds, assists, ...at }: Opening): Generator<SlotCandidate> {
  for (const operatoryId of operatoryIds) {
    if (assists.length === 0) yield { ...at, operatoryId };
    for (const assist of assists) yield { ...at, operatoryId, assist };
  }
}

/** Visits that are thought of as booked: no two of them need a resource in the same minute, and no limit is exceeded. */
export class Table {
  private readonly visits: { member: number; slot: SlotCandidate; claims: Claim[]; limits: readonly Limit[] }[] = [];

  constructor(private readonly members: readonly VisitTerms[]) {}

  get size(): number {
    return this.visits.length;
  }

  has(member: number): boolean {
    return this.visits.some((visit) => visit.member === member);
  }

  /** Whether the provider of an opening has time for the member, in whatever operatory. */
  hasTime(member: number, { providerId, start }: Opening): boolean {
    const { rule, unguarded } = this.members[member] as VisitTerms;
    return this.isFree(claimsOf(rule, { providerId, operatoryId: '', start }, unguarded));
  }

  /** False: the visit does not fit beside the others, and nothing has changed. */
  place(member: number, slot: SlotCandidate): boolean {
    const { rule, unguarded, limits: limitsOf } = this.members[member] as VisitTerms;
    const limits = limitsOf(slot);
    if (limits.some((limit) => this.counted(limit.id) >= limit.left)) return false;
    const claims = claimsOf(rule, slot, unguarded);
    if (!this.isFree(claims)) return false;
    this.visits.push({ member, slot, claims, limits });
    return true;
  }

  /** Takes away the visit that was placed last. */
  undo(): void {
    this.visits.pop();
  }

  /** The visits in the order of the members. */
  slots(): SlotCandidate[] {
    return [...this.visits].sort((a, b) => a.member - b.member).map(({ slot }) => slot);
  }

  private isFree(claims: readonly Claim[]): boolean {
    return !this.visits.some((visit) => claims.some((claim) => visit.claims.some((other) => meet(claim, other))));
  }

  private counted(limitId: string): number {
    return this.visits.filter(({ limits }) => limits.some(({ id }) => id === limitId)).length;
  }
}

function meet(a: Claim, b: Claim): boolean {
  return a.resource === b.resource && a.start < b.end && b.start < a.end;
}

/**
 * Gives each visit one of its openings so that all fit together, the earlier members the preferred ones. `stuck`: the
 * member for which nothing is left beside those before it.
 */
export function seatAll(members: readonly Member[], effort: Effort): { slots: SlotCandidate[] } | { stuck: number } {
  const table = new Table(members);
  let stuck = members.findIndex(({ openings }) => openings.length === 0);
  if (stuck >= 0) return { stuck };
  const seat = (member: number): boolean => {
    stuck = Math.max(stuck, member);
    const openings = members[member]?.openings;
    if (!openings) return true;
    for (const opening of openings) {
      for (const slot of seatsOf(opening)) {
        if (!effort.spend()) return false;
        if (!table.place(member, slot)) continue;
        if (seat(member + 1)) return true;
        table.undo();
      }
    }
    return false;
  };
  return seat(0) ? { slots: table.slots() } : { stuck };
}
