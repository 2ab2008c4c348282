import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { Request } from 'express';
import passport from 'passport';
import { ExtractJwt, Strategy, type StrategyOptionsWithoutRequest } from 'passport-jwt';
import { isId } from '../../kernel/index.js';
import { SigningKeys } from './signing-keys.js';

const ACCESS_TOKEN = 'access-token';

export interface AccessClaims {
  /** The user. */
  sub: string;
  /** The log-in that the token was given for. */
  sid: string;
}

type Done = (error: unknown, claims?: AccessClaims | false) => void;
type Verify = (token: string, keys: SigningKeys, options: unknown, done: Done) => void;

// passport-jwt's own verifier knows no EdDSA. This one keeps nothing: the keys come to it as the strategy's secret, and
// type, issuer, audience, algorithm and expiry are checked by them.
const verify: Verify = (token, keys, _options, done) => {
  keys.verify('at+jwt', token).then((claims) => done(null, claims as unknown as AccessClaims), done);
};
Object.assign(Strategy, { JwtVerifier: verify });

/** Reads a member's access token from the Authorization header. Two applications in one process share nothing of it. */
@Injectable()
export class AccessTokenStrategy extends PassportStrategy(Strategy, ACCESS_TOKEN) {
  declare private passport: passport.Authenticator;

  constructor(keys: SigningKeys) {
    // Its types know keys as texts only; the verifier above gets whatever is handed over here.
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKeyProvider: (_request: unknown, _token: unknown, done: (error: null, keys: unknown) => void) =>
        done(null, keys),
    } as unknown as StrategyOptionsWithoutRequest);
  }

  /** Asked while the strategy is made: without it, it would go into the one instance of the whole process. */
  getPassportInstance(): passport.Authenticator {
    this.passport ??= new passport.Passport();
    return this.passport;
  }

  /** Both are looked up, so nothing but ids may stand there. */
  validate(claims: AccessClaims): AccessClaims | false {
    return isId('user', claims.sub) && isId('session', claims.sid) && claims;
  }

  /** The claims of the request's token; null when there is none or anything is wrong with it. */
  claimsOf(request: Request): Promise<AccessClaims | null> {
    return new Promise((resolve) => {
      const done: Done = (error, claims) => resolve(error || !claims ? null : claims);
      const middleware = this.passport.authenticate(ACCESS_TOKEN, { session: false }, done) as unknown as (
        ...args: unknown[]
      ) => void;
      middleware(request, {}, () => resolve(null));
    });
  }
}
