import { PartialType } from '@nestjs/swagger';
import { Bool, Email, Id, Instant, Int, OneOf, SomeOf, Text, PERMISSIONS } from '../../http/index.js';
import { formatInstant } from '../../kernel/index.js';
import { ROLES, type Role } from '../roles.js';
import type { User } from './user.schema.js';

export class Login {
  @Email()
  email!: string;

  @Text({ max: 200 })
  password!: string;
}

export class RefreshToken {
  @Text({ min: 20, max: 200, pattern: /^[\w-]+$/ })
  refreshToken!: string;
}

export class SetPassword {
  @Text({ min: 20, max: 200, pattern: /^[\w-]+$/ })
  inviteToken!: string;

  @Text({ min: 12, max: 200, description: 'At least 12 characters' })
  password!: string;
}

export class TokensView {
  @Text({ max: 2_000 })
  accessToken!: string;

  @Text({ max: 200, description: 'Good once' })
  refreshToken!: string;

  @Int({ min: 1, max: 3_600, description: 'Seconds until the access token ends' })
  expiresIn!: number;
}

export class MeView {
  @Text({ max: 60 })
  id!: string;

  @Text({ max: 30 })
  role!: string;

  @SomeOf(PERMISSIONS)
  permissions!: string[];

  @Id('agency')
  agencyId!: string;

  @Id('practice', { nullable: true })
  practiceId!: string | null;
}

export class InviteUser {
  @Email()
  email!: string;

  @Text({ max: 120 })
  name!: string;

  @OneOf(ROLES)
  role!: Role;
}

class ChangeableUser {
  @Text({ max: 120 })
  name!: string;

  @OneOf(ROLES)
  role!: Role;

  @Bool()
  active!: boolean;
}

export class PatchUser extends PartialType(ChangeableUser, { skipNullProperties: false }) {}

export class UserParams {
  @Id('user')
  userId!: string;
}

export class UserView {
  @Id('user')
  id!: string;

  @Email()
  email!: string;

  @Text({ max: 120 })
  name!: string;

  @OneOf(ROLES)
  role!: string;

  @Id('practice', { nullable: true })
  practiceId!: string | null;

  @Bool()
  active!: boolean;

  @Bool({ description: 'The invitation was not taken up yet' })
  invited!: boolean;

  @Int({ min: 1, max: 1_000_000_000 })
  version!: number;

  @Instant()
  createdAt!: string;
}

export class InvitedUserView extends UserView {
  @Text({ max: 60, description: 'For POST /v1/auth/password; shown once' })
  inviteToken!: string;
}

export function userView(user: User): UserView {
  return {
    id: user._id,
    email: user.email,
    name: user.name,
    role: user.role,
    practiceId: user.tenantId,
    active: user.active,
    invited: user.passwordHash === null,
    version: user.version,
    createdAt: formatInstant(user.createdAt),
  };
}
