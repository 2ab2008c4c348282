import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { TenantScope } from '../../kernel/index.js';
import { PatientErasure, Patients, type Patient } from '../../patients/index.js';
import {
  defineCollection,
  Persistence,
  TenantRepository,
  type Filter,
  type TenantDocument,
  type Tx,
} from '../../persistence/index.js';
import type { Site } from '../site/site.js';
import { Recalls, type Recall } from './recall.schema.js';

/** A record of the practice system of which nothing is to be kept here. Nothing but its id is known. */
interface ForgottenPatient extends TenantDocument {
  /** `connectionId/foreignId`. */
  _id: string;
  connectionId: string;
}

const forgottenCollection = defineCollection<ForgottenPatient>({
  name: 'pms_forgotten_patients',
  owner: 'tenantId',
  fields: { connectionId: { type: String, required: true } },
  indexes: [{ key: { tenantId: 1, connectionId: 1 } }],
});

@Injectable()
export class ForgottenPatientRows extends TenantRepository<ForgottenPatient> {
  constructor(persistence: Persistence) {
    super(persistence, forgottenCollection);
  }
}

const keyOf = (connectionId: string, foreignId: string) => `${connectionId}/${foreignId}`;

/**
 * Patients who were erased here while the practice system keeps its record of them: their recalls go, and the next reading does
 * not bring them back. Who books again and is known again is a patient like any other.
 */
@Injectable()
export class ForgottenPatients implements OnModuleInit {
  constructor(
    private readonly rows: ForgottenPatientRows,
    private readonly recalls: Recalls,
    private readonly patients: Patients,
    private readonly erasure: PatientErasure,
  ) {}

  onModuleInit(): void {
    this.erasure.register((scope, patient, tx) => this.forget(scope, patient, tx));
  }

  /** The records of people of whom something may be kept. */
  async without<R extends { readonly patientForeignId: string }>(site: Site, records: readonly R[]): Promise<R[]> {
    const { scope, connection } = site;
    const ids = [...new Set(records.map(({ patientForeignId }) => patientForeignId))];
    const keys = ids.map((id) => keyOf(connection._id, id));
    const gone = new Set(await this.rows.forTenant(scope).ids({ _id: { $in: keys } } as Filter<ForgottenPatient>));
    if (gone.size === 0) return [...records];
    const suspects = ids.filter((id) => gone.has(keyOf(connection._id, id)));
    const back = await this.patients.idsOfForeign(scope, connection._id, suspects);
    const stays = (id: string) => !gone.has(keyOf(connection._id, id)) || back.has(id);
    return records.filter(({ patientForeignId }) => stays(patientForeignId));
  }

  private async forget(scope: TenantScope, { foreign }: Patient, tx: Tx): Promise<void> {
    const rows = this.rows.forTenant(scope, tx);
    for (const { connectionId, foreignId } of foreign) {
      await this.recalls
        .forTenant(scope, tx)
        .removeMany({ connectionId, patientForeignId: foreignId } as Filter<Recall>);
      const _id = keyOf(connectionId, foreignId);
      if (!(await rows.exists({ _id } as Filter<ForgottenPatient>))) await rows.insert({ _id, connectionId });
    }
  }
}
