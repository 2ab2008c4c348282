import { Injectable } from '@nestjs/common';
import type { AgencyScope } from '../../kernel/index.js';

export interface AgencyPracticesAnswer {
  /** The agency of a practice; null when there is no such practice. */
  agencyOf(tenantId: string): Promise<string | null>;
  /** Those of `practiceIds` that are not the agency's. */
  foreign(agency: AgencyScope, practiceIds: readonly string[]): Promise<readonly string[]>;
  /** The ids of all practices of an agency, some at a time. */
  all(agency: AgencyScope): AsyncIterable<readonly string[]>;
}

/** Which practices an agency has. The room that knows them answers; until it does, there are no agencies. */
@Injectable()
export class AgencyPractices {
  private answer: AgencyPracticesAnswer | undefined;

  answerWith(answer: AgencyPracticesAnswer): void {
    this.answer = answer;
  }

  async agencyOf(tenantId: string): Promise<string | null> {
    return (await this.answer?.agencyOf(tenantId)) ?? null;
  }

  async foreign(agency: AgencyScope, practiceIds: readonly string[]): Promise<readonly string[]> {
    return this.answer ? this.answer.foreign(agency, practiceIds) : practiceIds;
  }

  async *all(agency: AgencyScope): AsyncGenerator<readonly string[]> {
    if (this.answer) yield* this.answer.all(agency);
  }
}
