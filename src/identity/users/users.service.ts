import { Inject, Injectable } from '@nestjs/common';
import type { MemberPrincipal } from '../../http/index.js';
import { CLOCK, digest, newId, Problem, randomToken, type AgencyScope, type Clock } from '../../kernel/index.js';
import { isDuplicateKey, Locks, UnitOfWork, type Filter, type Page, type Tx } from '../../persistence/index.js';
import { assertRoleFits, isAdmin, mayGrant, ROLE_PERMISSIONS, type Role } from '../roles.js';
import { Sessions } from './sessions.service.js';
import { UserRepository, type User } from './user.schema.js';

const INVITE_MS = 7 * 86_400_000;

export interface NewUser {
  email: string;
  name: string;
  role: Role;
  tenantId: string | null;
}

export interface Invited {
  user: User;
  /** Sets the password; shown once. */
  inviteToken: string;
}

/** The people of an agency and its practices. */
@Injectable()
export class Users {
  constructor(
    private readonly users: UserRepository,
    private readonly sessions: Sessions,
    private readonly locks: Locks,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** A user without a password, and the token with which they set one. */
  async invite(agency: AgencyScope, tx: Tx, user: NewUser): Promise<Invited> {
    assertRoleFits(user.role, user.tenantId);
    const emailIndex = await this.users.emailIndex(user.email);
    const { inviteToken, ...invitation } = this.invitation();
    try {
      const fresh = { _id: newId('user', this.clock.now()), ...user, emailIndex, passwordHash: null, active: true };
      return { user: await this.users.forAgency(agency, tx).insert({ ...fresh, ...invitation }), inviteToken };
    } catch (error) {
      if (isDuplicateKey(error))
        throw new Problem('already_exists', 'This address cannot be invited: it has an account.');
      throw error;
    }
  }

  /** Another invitation, for who let theirs pass or forgot the password; the old password is good until it is taken up. */
  async inviteAgain(member: MemberPrincipal, tx: Tx, id: string): Promise<Invited> {
    const before = await this.touchable(member, id, tx);
    if (!before.active) throw new Problem('conflict', 'This user is disabled. Set active to true first.');
    const { inviteToken, ...invitation } = this.invitation();
    return { user: await this.users.forAgency(member.agency, tx).patch(id, invitation, 'user'), inviteToken };
  }

  async page(member: MemberPrincipal, request: { limit: number; cursor?: string | undefined }): Promise<Page<User>> {
    return this.users.forAgency(member.agency).page({ ...request, filter: reach(member) });
  }

  async get(member: MemberPrincipal, id: string, tx?: Tx): Promise<User> {
    const user = await this.users.forAgency(member.agency, tx).findOne({ ...reach(member), _id: id } as Filter<User>);
    if (!user) throw new Problem('not_found', 'No user with this id exists here.');
    return user;
  }

  /** Changes role, name or activity. Nobody changes who has more rights, and the last admin stays. */
  async change(
    member: MemberPrincipal,
    id: string,
    fields: Partial<Pick<User, 'name' | 'role' | 'active'>>,
    ifVersion?: number,
  ): Promise<User> {
    return this.unitOfWork.run(async (tx) => {
      const user = await this.touchable(member, id, tx);
      if (fields.role) {
        assertMayGrant(member, fields.role);
        assertRoleFits(fields.role, user.tenantId);
      }
      const changed = await this.users.forAgency(member.agency, tx).patch(id, fields, 'user', ifVersion);
      if (!changed.active || changed.role !== user.role) await this.assertAdminStays(member.agency, tx, user);
      if (!changed.active) await this.sessions.endAll(member.agency, tx, id);
      return changed;
    });
  }

  /** Removes a user for good, with their log-ins. What they did stays under their id. */
  async remove(member: MemberPrincipal, id: string): Promise<void> {
    await this.unitOfWork.run(async (tx) => {
      const user = await this.touchable(member, id, tx);
      await this.users.forAgency(member.agency, tx).remove(id);
      await this.assertAdminStays(member.agency, tx, user);
      await this.sessions.endAll(member.agency, tx, id);
    });
  }

  /** A user within reach whose rights do not exceed those of the one who asks; of an admin's peers no other changes meanwhile. */
  private async touchable(member: MemberPrincipal, id: string, tx: Tx): Promise<User> {
    const found = await this.get(member, id, tx);
    assertMayGrant(member, found.role);
    if (isAdmin(found.role)) await this.locks.take(member.agency, tx, `admins:${found.tenantId ?? 'agency'}`);
    return found;
  }

  /**
   * Called when `before`, an admin or not, is one no more. Only admins who can log in count: an invitation that was never
   * taken up leaves nobody in charge.
   */
  private async assertAdminStays(agency: AgencyScope, tx: Tx, before: User): Promise<void> {
    if (!isAdmin(before.role) || !before.active || before.passwordHash === null) return;
    const { role, tenantId } = before;
    const left = await this.users
      .forAgency(agency, tx)
      .count({ role, tenantId, active: true, passwordHash: { $ne: null } } as Filter<User>);
    if (left === 0) throw new Problem('last_admin', 'The last admin stays one: make somebody else an admin first.');
  }

  private invitation(): { inviteToken: string; inviteDigest: string; inviteExpiresAt: number } {
    const inviteToken = randomToken(24);
    return { inviteToken, inviteDigest: digest(inviteToken), inviteExpiresAt: this.clock.now() + INVITE_MS };
  }
}

export function assertMayGrant(member: MemberPrincipal, role: Role): void {
  if (!mayGrant(member.permissions, ROLE_PERMISSIONS[role]))
    throw new Problem('forbidden', `You may not give or change the role ${role}.`);
}

/** A practice's credential sees its practice's users, an agency's the practice that it names, or all. */
function reach(member: MemberPrincipal): Filter<User> {
  return (member.tenant ? { tenantId: member.tenant.tenantId } : {}) as Filter<User>;
}
