import { Injectable } from '@nestjs/common';
import type { TenantScope } from '../../kernel/index.js';
import { Patients } from '../../patients/index.js';
import type { Filter, Page } from '../../persistence/index.js';
import { Recalls, type Recall } from './recall.schema.js';

export interface RecallQuery {
  /** Local days, both included. */
  dueFrom?: string | undefined;
  dueTo?: string | undefined;
  /** The practice system's own word. */
  type?: string | undefined;
  /** Whether a visit is booked for it. */
  scheduled?: boolean | undefined;
  limit: number;
  cursor?: string | undefined;
}

/** A recall with our id of the patient; null for one whom only the practice system knows. */
export interface DuePatient {
  recall: Recall;
  patientId: string | null;
}

/** Who is due again, by the recalls of a practice system. */
@Injectable()
export class DuePatients {
  constructor(
    private readonly recalls: Recalls,
    private readonly patients: Patients,
  ) {}

  /** In the order of their days. */
  async page(scope: TenantScope, connectionId: string, query: RecallQuery): Promise<Page<DuePatient>> {
    const { dueFrom, dueTo, type, scheduled, limit, cursor } = query;
    const days = {
      ...(dueFrom === undefined ? {} : { $gte: dueFrom }),
      ...(dueTo === undefined ? {} : { $lte: dueTo }),
    };
    const filter = {
      connectionId,
      ...(Object.keys(days).length > 0 ? { dueOn: days } : {}),
      ...(type === undefined ? {} : { type }),
      ...(scheduled === undefined ? {} : { scheduledOn: scheduled ? { $type: 'string' } : null }),
    } as unknown as Filter<Recall>;
    const page = await this.recalls.forTenant(scope).page({ filter, sort: 'dueOn', limit, cursor });
    const foreignIds = page.data.map(({ patientForeignId }) => patientForeignId);
    const known = await this.patients.idsOfForeign(scope, connectionId, foreignIds);
    const data = page.data.map((recall) => ({ recall, patientId: known.get(recall.patientForeignId) ?? null }));
    return { ...page, data };
  }
}
