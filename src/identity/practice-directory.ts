import { Injectable } from '@nestjs/common';
import { Question } from '../kernel/index.js';

export interface PracticeFacts {
  agencyId: string;
  /** Its set-up is complete and the widget may open. */
  live: boolean;
}

/** Which agency a practice belongs to; the tenants room, above this one, answers. Null: no such practice. */
@Injectable()
export class PracticeDirectory extends Question<[tenantId: string], Promise<PracticeFacts | null>> {}
