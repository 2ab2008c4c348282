import { Id, NestedList, OneOf, Stamps } from '../../http/index.js';
import type { FamilyMember } from '../families.js';
import { FAMILY_ROLES, type FamilyRole } from '../patient.schema.js';

export class FamilyMemberDto implements FamilyMember {
  @Id('patient')
  patientId!: string;

  @OneOf(FAMILY_ROLES)
  role!: FamilyRole;
}

export class CreateFamily {
  @NestedList(() => FamilyMemberDto, { minItems: 1, maxItems: 30 })
  members!: FamilyMemberDto[];

  @Id('patient', { optional: true, nullable: true, description: 'Who pays; a member' })
  guarantorId?: string | null;
}

export class PatchFamily {
  @Id('patient', { nullable: true, description: 'Who pays; a member' })
  guarantorId!: string | null;
}

export class FamilyView extends Stamps {
  @Id('family')
  id!: string;

  @Id('patient', { nullable: true })
  guarantorId!: string | null;

  @NestedList(() => FamilyMemberDto, { maxItems: 30 })
  members!: FamilyMemberDto[];
}
