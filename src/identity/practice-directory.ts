import { Injectable } from '@nestjs/common';
import { Problem, Question } from '../kernel/index.js';

export interface PracticeFacts {
  agencyId: string;
  /** Its set-up is complete and the widget may open. */
  live: boolean;
  /** False: its agency has switched it off. */
  active: boolean;
}

export interface AgencyFacts {
  /** False: the platform has suspended it, and all its practices with it. */
  active: boolean;
}

/** Which agency a practice belongs to and how it stands; the tenants room, above this one, answers. Null: no such practice. */
@Injectable()
export class PracticeDirectory extends Question<[tenantId: string], Promise<PracticeFacts | null>> {}

/** How an agency stands; answered by the tenants room. Null: no such agency. */
@Injectable()
export class AgencyDirectory extends Question<[agencyId: string], Promise<AgencyFacts | null>> {}

/** Whether those a credential belongs to may do business at all. */
@Injectable()
export class Standing {
  constructor(
    private readonly practices: PracticeDirectory,
    private readonly agencies: AgencyDirectory,
  ) {}

  /** The practice, when it and its agency are active; `practice_inactive` or `agency_suspended` otherwise. */
  async practice(tenantId: string): Promise<PracticeFacts> {
    const facts = await this.practices.ask(tenantId);
    if (!facts?.active)
      throw new Problem('practice_inactive', 'This practice is switched off. Its agency can switch it on again.');
    await this.agency(facts.agencyId);
    return facts;
  }

  async agency(agencyId: string): Promise<void> {
    const facts = await this.agencies.ask(agencyId);
    if (!facts?.active)
      throw new Problem('agency_suspended', 'This agency is suspended, with its practices. Ask the platform why.');
  }

  /** Whether a practice is one of this agency, switched off or not. */
  async isOf(agencyId: string, tenantId: string): Promise<boolean> {
    return (await this.practices.ask(tenantId))?.agencyId === agencyId;
  }
}
