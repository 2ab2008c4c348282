import { Inject, Injectable } from '@nestjs/common';
import { Outbox } from '../events/index.js';
import { CLOCK, invalid, newId, Problem, type Clock, type TenantScope } from '../kernel/index.js';
import { UnitOfWork, type Filter, type Page, type PageRequest, type Tx, type Update } from '../persistence/index.js';
import { FamilyRepository, type Family } from './family.repository.js';
import { PatientRepository } from './patient.repository.js';
import type { FamilyRole, Patient } from './patient.schema.js';
import { Patients } from './patients.js';

export interface FamilyMember {
  patientId: string;
  role: FamilyRole;
}

export interface FamilyWithMembers {
  family: Family;
  members: FamilyMember[];
}

const MAX_MEMBERS = 30;

/** Patients who book together. A patient is in one family at most. */
@Injectable()
export class Families {
  constructor(
    private readonly repository: FamilyRepository,
    private readonly patientRows: PatientRepository,
    private readonly patients: Patients,
    private readonly unitOfWork: UnitOfWork,
    private readonly outbox: Outbox,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async page(scope: TenantScope, request: PageRequest<Family>): Promise<Page<FamilyWithMembers>> {
    const page = await this.repository.forTenant(scope).page(request);
    const members = await this.membersOf(
      scope,
      page.data.map(({ _id }) => _id),
    );
    return { ...page, data: page.data.map((family) => ({ family, members: members.get(family._id) ?? [] })) };
  }

  async get(scope: TenantScope, id: string, tx?: Tx): Promise<FamilyWithMembers> {
    const family = await this.repository.forTenant(scope, tx).getById(id, 'family');
    return { family, members: (await this.membersOf(scope, [id], tx)).get(id) ?? [] };
  }

  async create(
    scope: TenantScope,
    tx: Tx,
    members: readonly FamilyMember[],
    guarantorId: string | null,
  ): Promise<FamilyWithMembers> {
    const ids = members.map(({ patientId }) => patientId);
    if (new Set(ids).size < ids.length) throw invalid('/members', 'unique', 'Each patient may be named once.');
    if (guarantorId !== null && !ids.includes(guarantorId)) throw noMember();
    const id = newId('family', this.clock.now());
    const family = await this.repository.forTenant(scope, tx).insert({ _id: id, guarantorId });
    for (const [index, member] of members.entries())
      await this.join(scope, tx, id, member, `/members/${index}/patientId`);
    await this.tell(scope, tx, family, 'created');
    return { family, members: [...members] };
  }

  /**
   * Makes one family of patients, as far as they are in none: of those who are, the first one's family takes the others
   * in while it has room. Nobody is taken out of a family.
   */
  async unite(scope: TenantScope, tx: Tx, members: readonly FamilyMember[]): Promise<void> {
    const patients = await Promise.all(members.map(({ patientId }) => this.patients.get(scope, patientId, tx)));
    const alone = members.filter((_, at) => patients[at]?.familyId === null);
    const familyId = patients.find((patient) => patient.familyId !== null)?.familyId ?? null;
    if (familyId === null && alone.length > 1) await this.create(scope, tx, alone, null);
    if (familyId === null || alone.length === 0) return;
    const room = MAX_MEMBERS - (await this.get(scope, familyId, tx)).members.length;
    for (const member of alone.slice(0, Math.max(0, room))) await this.addMember(scope, tx, familyId, member);
  }

  async addMember(scope: TenantScope, tx: Tx, id: string, member: FamilyMember): Promise<FamilyWithMembers> {
    const family = await this.touch(scope, tx, id, {});
    const { members } = await this.get(scope, id, tx);
    if (members.length >= MAX_MEMBERS)
      throw new Problem('unprocessable', `A family has ${MAX_MEMBERS} members at most.`);
    await this.join(scope, tx, id, member, '/patientId');
    await this.tell(scope, tx, family, 'changed');
    return this.get(scope, id, tx);
  }

  /** The last one to leave takes the family along. */
  async removeMember(scope: TenantScope, id: string, patientId: string): Promise<void> {
    await this.unitOfWork.run(async (tx) => {
      const family = await this.touch(scope, tx, id, {});
      const { members } = await this.get(scope, id, tx);
      if (!members.some((member) => member.patientId === patientId)) {
        throw new Problem('not_found', 'No member with this id exists here.');
      }
      if (members.length > 1 && family.guarantorId === patientId) {
        throw new Problem(
          'in_use',
          'The guarantor cannot leave. PATCH the family with another guarantorId, or null, first.',
        );
      }
      await this.leave(scope, tx, patientId);
      if (members.length === 1) await this.repository.forTenant(scope, tx).remove(id);
      await this.tell(scope, tx, family, members.length === 1 ? 'removed' : 'changed');
    });
  }

  async setGuarantor(scope: TenantScope, id: string, guarantorId: string | null): Promise<FamilyWithMembers> {
    return this.unitOfWork.run(async (tx) => {
      const family = await this.touch(scope, tx, id, { guarantorId });
      const { members } = await this.get(scope, id, tx);
      if (guarantorId !== null && !members.some(({ patientId }) => patientId === guarantorId)) throw noMember();
      await this.tell(scope, tx, family, 'changed');
      return { family, members };
    });
  }

  /** Every change of a family writes its row first: two at once do not both count on the same members. */
  private async touch(scope: TenantScope, tx: Tx, id: string, set: Partial<Pick<Family, 'guarantorId'>>) {
    return this.repository.forTenant(scope, tx).patch(id, set, 'family');
  }

  private async join(scope: TenantScope, tx: Tx, familyId: string, member: FamilyMember, pointer: string) {
    const patient = await this.patientRows.forTenant(scope, tx).findById(member.patientId);
    if (!patient) throw invalid(pointer, 'not_found', 'No patient with this id exists here.');
    if (patient.status !== 'active') throw invalid(pointer, 'inactive', `This patient is ${patient.status}.`);
    if (patient.familyId !== null) {
      const detail = 'This patient is in a family already: take them out of it first.';
      throw new Problem('conflict', detail, { errors: [{ pointer, code: 'in_family', detail }] });
    }
    const set = { $set: { familyId, familyRole: member.role } } as Update<Patient>;
    const joined = await this.patients.write(scope, tx, member.patientId, set, { familyId: null } as Filter<Patient>);
    await this.patients.told(scope, tx, joined, 'family');
  }

  private async leave(scope: TenantScope, tx: Tx, patientId: string): Promise<void> {
    const set = { $set: { familyId: null, familyRole: 'self' } } as Update<Patient>;
    await this.patients.told(scope, tx, await this.patients.write(scope, tx, patientId, set), 'family');
  }

  private async membersOf(scope: TenantScope, familyIds: string[], tx?: Tx): Promise<Map<string, FamilyMember[]>> {
    const found = await this.patientRows
      .forTenant(scope, tx)
      .find({ familyId: { $in: familyIds } } as Filter<Patient>, { sort: { _id: 1 } });
    const members = new Map<string, FamilyMember[]>(familyIds.map((id) => [id, []]));
    for (const { _id, familyId, familyRole } of found) {
      members.get(familyId ?? '')?.push({ patientId: _id, role: familyRole });
    }
    return members;
  }

  private async tell(scope: TenantScope, tx: Tx, family: Family, change: string): Promise<void> {
    const subject = { kind: 'family', id: family._id };
    await this.outbox.record(scope, tx, {
      type: 'family.changed',
      subject,
      sequence: family.version,
      data: { change },
    });
  }
}

function noMember(): Problem {
  return invalid('/guarantorId', 'member', 'The guarantor must be a member of the family.');
}
