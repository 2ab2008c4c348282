import { Injectable } from '@nestjs/common';
import { defineCollection, Persistence, TenantRepository, type TenantDocument } from '../persistence/index.js';

/** Patients who book together. Its members are the patients that name it. */
export interface Family extends TenantDocument {
  /** Who pays; a member. */
  guarantorId: string | null;
}

@Injectable()
export class FamilyRepository extends TenantRepository<Family> {
  constructor(persistence: Persistence) {
    super(
      persistence,
      defineCollection<Family>({
        name: 'families',
        owner: 'tenantId',
        fields: { guarantorId: String },
        indexes: [{ key: { tenantId: 1, _id: 1 } }],
      }),
    );
  }
}
