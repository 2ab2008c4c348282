import { Inject, Injectable } from '@nestjs/common';
import {
  CLOCK,
  digest,
  mintAgencyScope,
  mintSystemScope,
  newId,
  Problem,
  randomToken,
  type AgencyScope,
  type Clock,
} from '../../kernel/index.js';
import { UnitOfWork, type Tx, type Update } from '../../persistence/index.js';
import { SigningKeys } from '../access/signing-keys.js';
import { hashPassword, passwordMatches } from './passwords.js';
import { LoginSessionRepository, UserRepository, type LoginSession, type User } from './user.schema.js';

export const ACCESS_SECONDS = 900;
const SESSION_MS = 30 * 86_400_000;

const logins = mintSystemScope('who logs in is not known before the address or token is looked up');

export interface Tokens {
  accessToken: string;
  refreshToken: string;
  expiresIn: number;
}

/** Log-in, refresh with rotation, log-out. */
@Injectable()
export class Sessions {
  constructor(
    private readonly users: UserRepository,
    private readonly sessions: LoginSessionRepository,
    private readonly keys: SigningKeys,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async login(email: string, password: string): Promise<Tokens> {
    const user = await this.users.forSystem(logins).findOne({ emailIndex: await this.users.emailIndex(email) });
    const matches = await passwordMatches(user?.active ? user.passwordHash : null, password);
    if (!user || !matches) throw new Problem('unauthenticated', 'The address or the password is wrong.');
    const refreshToken = randomToken(32);
    const now = this.clock.now();
    const session = await this.sessions
      .forAgency(mintAgencyScope(user.agencyId, { kind: 'user', id: user._id }))
      .insert({
        _id: newId('session', now),
        userId: user._id,
        tokenDigest: digest(refreshToken),
        usedDigests: [],
        expiresAt: now + SESSION_MS,
        revokedAt: null,
        expireAt: new Date(now + SESSION_MS),
      });
    return this.tokens(user, session, refreshToken);
  }

  /** A refresh token is good once. Shown a second time it was stolen or lost: the whole log-in ends. */
  async refresh(refreshToken: string): Promise<Tokens> {
    const shown = digest(refreshToken);
    const next = randomToken(32);
    const now = this.clock.now();
    const session = await this.sessions
      .forSystem(logins)
      .update({ tokenDigest: shown, revokedAt: null, expiresAt: { $gt: now } }, {
        $set: { tokenDigest: digest(next) },
        $push: { usedDigests: shown },
      } as unknown as Update<LoginSession>);
    if (!session) {
      await this.sessions
        .forSystem(logins)
        .updateMany({ usedDigests: shown, revokedAt: null }, { $set: { revokedAt: now } });
      throw new Problem('unauthenticated', 'The refresh token is not good any more. Log in again.');
    }
    const user = await this.users.forSystem(logins).findOne({ _id: session.userId, active: true });
    if (!user) throw new Problem('unauthenticated', 'This user may not log in any more.');
    return this.tokens(user, session, next);
  }

  async logout(refreshToken: string): Promise<void> {
    await this.sessions
      .forSystem(logins)
      .updateMany({ tokenDigest: digest(refreshToken), revokedAt: null }, { $set: { revokedAt: this.clock.now() } });
  }

  /** Takes up an invitation or a reset: sets the password and ends what was logged in. */
  async setPassword(inviteToken: string, password: string): Promise<void> {
    const now = this.clock.now();
    const passwordHash = await hashPassword(password);
    await this.unitOfWork.run(async (tx) => {
      const user = await this.users
        .forSystem(logins, tx)
        .update(
          { inviteDigest: digest(inviteToken), inviteExpiresAt: { $gt: now }, active: true },
          { $set: { passwordHash, inviteDigest: null, inviteExpiresAt: null } },
        );
      if (!user) throw new Problem('unauthenticated', 'The invitation is over or was used. Ask for a new one.');
      await this.sessions
        .forSystem(logins, tx)
        .updateMany({ userId: user._id, revokedAt: null }, { $set: { revokedAt: now } });
    });
  }

  /** The user of a good access token whose own log-in has not ended; null otherwise. */
  async userOf(userId: string, sessionId: string): Promise<User | null> {
    const [user, session] = await Promise.all([
      this.users.forSystem(logins).findOne({ _id: userId, active: true }),
      this.sessions
        .forSystem(logins)
        .findOne({ _id: sessionId, userId, revokedAt: null, expiresAt: { $gt: this.clock.now() } }),
    ]);
    return session ? user : null;
  }

  /** Ends every log-in of a user, in the transaction that disables or removes them. */
  async endAll(agency: AgencyScope, tx: Tx, userId: string): Promise<void> {
    await this.sessions.forAgency(agency, tx).removeMany({ userId });
  }

  private async tokens(user: User, session: LoginSession, refreshToken: string): Promise<Tokens> {
    const accessToken = await this.keys.sign('at+jwt', user._id, { sid: session._id }, ACCESS_SECONDS);
    return { accessToken, refreshToken, expiresIn: ACCESS_SECONDS };
  }
}
