import { Injectable } from '@nestjs/common';
import { ageOn, within, type TenantScope } from '../kernel/index.js';
import type { Tx } from '../persistence/index.js';
import { Families, PatientMatch, type FamilyMember, type VisitorPerson } from '../patients/index.js';

const OF_AGE = 18;

/** The records of people who book together: they become one family. */
@Injectable()
export class GroupVisitors {
  constructor(
    private readonly match: PatientMatch,
    private readonly families: Families,
  ) {}

  /** Ids of the patients, in the order of the visitors. `day` decides who is a child. */
  async findOrCreate(scope: TenantScope, tx: Tx, visitors: readonly VisitorPerson[], day: string): Promise<string[]> {
    const ids: string[] = [];
    // In an order of their own, so that two bookings of the same people cannot wait for each other.
    for (const place of inFixedOrder(visitors)) {
      const visitor = visitors[place] as VisitorPerson;
      const { patient } = await within(`/visits/${place}/patient`, () => this.match.findOrCreate(scope, tx, visitor));
      ids[place] = patient._id;
    }
    const members = membersOf(visitors, ids, day);
    if (members.length > 1) await this.families.unite(scope, tx, members);
    return ids;
  }
}

function inFixedOrder(visitors: readonly VisitorPerson[]): number[] {
  const keys = visitors.map(({ firstName, lastName, dateOfBirth }) => `${dateOfBirth} ${lastName} ${firstName}`);
  return [...keys.keys()].sort((a, b) => ((keys[a] as string) < (keys[b] as string) ? -1 : 1));
}

/** Children depend on the grown-ups who come along; without a child, each stands for oneself. */
function membersOf(visitors: readonly VisitorPerson[], ids: readonly string[], day: string): FamilyMember[] {
  const ages = new Map(visitors.map(({ dateOfBirth }, place) => [ids[place] as string, ageOn(dateOfBirth, day)]));
  const children = [...ages.values()].some((age) => age < OF_AGE);
  return [...ages].map(([patientId, age]) => ({
    patientId,
    role: age < OF_AGE ? 'dependent' : children ? 'guardian' : 'self',
  }));
}
