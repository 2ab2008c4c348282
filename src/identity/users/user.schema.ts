import { Injectable } from '@nestjs/common';
import { blindIndex } from '../../kernel/index.js';
import {
  defineCollection,
  Persistence,
  sealed,
  AgencyRepository,
  type AgencyDocument,
} from '../../persistence/index.js';
import type { Role } from '../roles.js';

/** A person who works with the platform. */
export interface User extends AgencyDocument {
  /** The practice that the user belongs to; null: the agency itself. */
  tenantId: string | null;
  /** Blind index of the address in lower case: finds a user at log-in, unique on the platform. */
  emailIndex: string;
  email: string;
  name: string;
  role: Role;
  /** Argon2id; null until the invitation was taken up. */
  passwordHash: string | null;
  inviteDigest: string | null;
  inviteExpiresAt: number | null;
  active: boolean;
}

const userCollection = defineCollection<User>({
  name: 'users',
  owner: 'agencyId',
  fields: {
    tenantId: String,
    emailIndex: { type: String, required: true },
    email: sealed,
    name: sealed,
    role: { type: String, required: true },
    passwordHash: String,
    inviteDigest: String,
    inviteExpiresAt: Number,
    active: { type: Boolean, required: true },
  },
  sealed: ['email', 'name'],
  indexes: [
    { key: { emailIndex: 1 }, unique: true, acrossTenants: true },
    { key: { inviteDigest: 1 }, where: { inviteDigest: { $type: 'string' } }, acrossTenants: true },
    { key: { agencyId: 1, tenantId: 1, _id: 1 } },
  ],
});

@Injectable()
export class UserRepository extends AgencyRepository<User> {
  constructor(persistence: Persistence) {
    super(persistence, userCollection);
  }

  /** Keyed by the platform and not by the agency, since whose an address is is not known before. */
  async emailIndex(email: string): Promise<string> {
    const key = await this.persistence.keyring.keyOf('platform');
    return blindIndex(key, 'users.email', email.trim().toLowerCase());
  }
}

/** One log-in: its refresh tokens follow each other; an old one shown again ends them all. */
export interface LoginSession extends AgencyDocument {
  userId: string;
  /** Digest of the refresh token that is good now. */
  tokenDigest: string;
  /** Digests that were good before. */
  usedDigests: string[];
  expiresAt: number;
  revokedAt: number | null;
  expireAt: Date;
}

const sessionCollection = defineCollection<LoginSession>({
  name: 'login_sessions',
  owner: 'agencyId',
  fields: {
    userId: { type: String, required: true },
    tokenDigest: { type: String, required: true },
    usedDigests: [String],
    expiresAt: { type: Number, required: true },
    revokedAt: Number,
    expireAt: { type: Date, required: true },
  },
  indexes: [
    { key: { tokenDigest: 1 }, acrossTenants: true },
    { key: { usedDigests: 1 }, acrossTenants: true },
    { key: { agencyId: 1, userId: 1 } },
    { key: { expireAt: 1 }, expireAfterSeconds: 0, acrossTenants: true },
  ],
});

@Injectable()
export class LoginSessionRepository extends AgencyRepository<LoginSession> {
  constructor(persistence: Persistence) {
    super(persistence, sessionCollection);
  }
}
