import { Inject, Injectable } from '@nestjs/common';
import type { MemberPrincipal } from '../../http/index.js';
import { CLOCK, digest, newId, Problem, randomToken, type AgencyScope, type Clock } from '../../kernel/index.js';
import { isDuplicateKey, type Filter, type Page, type Tx } from '../../persistence/index.js';
import { mayGrant, ROLE_PERMISSIONS, type Role } from '../roles.js';
import { emailDigest } from './sessions.service.js';
import { UserRepository, type User } from './user.schema.js';

const INVITE_MS = 7 * 86_400_000;

export interface NewUser {
  email: string;
  name: string;
  role: Role;
  tenantId: string | null;
}

/** The people of an agency and its practices. */
@Injectable()
export class Users {
  constructor(
    private readonly users: UserRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** A user without a password, and the token with which they set one. The token is shown once. */
  async invite(agency: AgencyScope, tx: Tx, user: NewUser): Promise<{ user: User; inviteToken: string }> {
    const inviteToken = randomToken(24);
    const now = this.clock.now();
    try {
      const created = await this.users.forAgency(agency, tx).insert({
        _id: newId('user', now),
        ...user,
        emailDigest: emailDigest(user.email),
        passwordHash: null,
        inviteDigest: digest(inviteToken),
        inviteExpiresAt: now + INVITE_MS,
        active: true,
      });
      return { user: created, inviteToken };
    } catch (error) {
      if (isDuplicateKey(error))
        throw new Problem('already_exists', 'This address cannot be invited: it has an account.');
      throw error;
    }
  }

  async page(member: MemberPrincipal, request: { limit: number; cursor?: string | undefined }): Promise<Page<User>> {
    return this.users.forAgency(member.agency).page({ ...request, filter: this.reach(member) });
  }

  async get(member: MemberPrincipal, id: string): Promise<User> {
    const user = await this.users.forAgency(member.agency).findOne({ ...this.reach(member), _id: id } as Filter<User>);
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
    const user = await this.get(member, id);
    assertMayGrant(member, user.role);
    if (fields.role) assertMayGrant(member, fields.role);
    const losesAdmin = (fields.role && fields.role !== user.role) || fields.active === false;
    if (losesAdmin && user.role.endsWith('_admin')) {
      const others = await this.users
        .forAgency(member.agency)
        .count({ role: user.role, tenantId: user.tenantId, active: true, _id: { $ne: id } } as Filter<User>);
      if (others === 0) throw new Problem('conflict', 'The last admin stays one: make somebody else an admin first.');
    }
    return this.users.forAgency(member.agency).patch(id, fields, 'user', ifVersion);
  }

  /** A practice's credential sees its practice's users, an agency's the practice that it names, or all. */
  private reach(member: MemberPrincipal): Filter<User> {
    return (member.tenant ? { tenantId: member.tenant.tenantId } : {}) as Filter<User>;
  }
}

export function assertMayGrant(member: MemberPrincipal, role: Role): void {
  if (!mayGrant(member.permissions, ROLE_PERMISSIONS[role]))
    throw new Problem('forbidden', `You may not give or change the role ${role}.`);
}
